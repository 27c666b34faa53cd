import { defineOp } from '../../autograd/define_op.js';
import { callAll, callOne, type Tensor } from '../../tensor/tensor.js';
import { DataError } from '../../util/errors.js';
import type { LossReduction } from './reduction.js';

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions {
  /** (V) f32 (f64 for f64 logits): factor of each class. */
  weight?: Tensor;
  /** Share of the target spread over all classes, in [0, 1]; by default 0. */
  labelSmoothing?: number;
  /** Rows with this label count for nothing; by default -100. */
  ignoreIndex?: number;
  /** By default the mean, by the sum of the counted labels' weights. */
  reduction?: LossReduction;
}

interface Values {
  ignoreIndex: number;
  labelSmoothing: number;
  reduction: LossReduction;
}

/** Where the labels are known on the host, a wrong one fails on the caller's line and not at the next read. */
function checkLabels(labels: Tensor, classes: number, ignoreIndex: number): void {
  labels.host?.forEach((label: number | bigint, i: number) => {
    const value = Number(label);
    if ((value < 0 || value >= classes) && value !== ignoreIndex)
      throw new DataError(
        `cross_entropy: labels must lie in [0, ${classes}) or be ${ignoreIndex}, got ${value} at position ${i}`,
        { label: value, classes, position: i },
      );
  });
}

const fused = defineOp<[logits: Tensor, labels: Tensor, weight: Tensor | undefined, values: Values], Tensor, Values>({
  name: 'crossEntropy',
  forward(context, logits, labels, weight, values) {
    const [loss, lse, normaliser] = callAll((ops) =>
      ops.cross_entropy_forward(
        logits.handle,
        labels.handle,
        weight?.handle,
        values.ignoreIndex,
        values.labelSmoothing,
        values.reduction,
      ),
    );
    context.save(logits, labels, weight, lse, normaliser);
    context.values = values;
    if (!context.isRecording) for (const extra of [lse, normaliser]) extra!.dispose();
    return loss!;
  },
  backward({ saved: [logits, labels, weight, lse, normaliser], values }, dloss) {
    const dlogits = callOne((ops) =>
      ops.cross_entropy_backward(
        logits!.handle,
        labels!.handle,
        weight?.handle,
        lse!.handle,
        normaliser!.handle,
        dloss!.handle,
        values.ignoreIndex,
        values.labelSmoothing,
        values.reduction,
      ),
    );
    return [dlogits, undefined, undefined, undefined];
  },
});

/**
 * Cross-entropy of softmax(logits) and class labels, without a (T, V) copy, as PyTorch defines it; in f32 (f64 for f64).
 * @param logits (T, V)
 * @param labels (T), i64 or i32, in [0, V) or `ignoreIndex`
 * @returns a scalar, or (T) for reduction `none`; NaN for the mean over no rows
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit, ConfigError for options out of range,
 * DataError for a label out of range (at the next read when the host does not know the labels)
 *
 * @example
 * ```ts
 * import { crossEntropy, tensor } from 'gridstride';
 * const loss = crossEntropy(tensor([[0, 0]]), tensor([1], { dtype: 'i64' }));
 * console.log((await loss.item()).toFixed(4)); // 0.6931
 * ```
 */
export function crossEntropy(logits: Tensor, labels: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { weight, labelSmoothing = 0, ignoreIndex = -100, reduction = 'mean' } = options;
  checkLabels(labels, logits.shape[1] ?? 0, ignoreIndex);
  return fused(logits, labels, weight, { ignoreIndex, labelSmoothing, reduction });
}
