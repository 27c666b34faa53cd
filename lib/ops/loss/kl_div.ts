import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';
import type { LossReduction } from './reduction.js';

/** Options of {@link klDiv}. */
export interface KlDivOptions {
  /** Whether the target holds log-probabilities, too. */
  logTarget?: boolean;
  /** By default `mean` over all elements; `batchmean` divides the sum by the first size, which is the divergence. */
  reduction?: LossReduction | 'batchmean';
}

interface Values {
  logTarget: boolean;
  reduction: NonNullable<KlDivOptions['reduction']>;
}

const fused = defineOp<[x: Tensor, target: Tensor, values: Values], Tensor, Values>({
  name: 'klDiv',
  forward(context, x, target, values) {
    context.save(x, target);
    context.values = values;
    return callOne((ops) => ops.kl_div_forward(x.handle, target.handle, values.logTarget, values.reduction));
  },
  backward({ saved: [x, target], values: { logTarget, reduction } }, dloss) {
    const dx = callOne((ops) => ops.kl_div_backward(x!.handle, target!.handle, dloss!.handle, logTarget, reduction));
    return [dx, undefined, undefined];
  },
});

/**
 * Kullback-Leibler divergence of the target from log-probabilities, as PyTorch defines it; in f32 (f64 for f64). The
 * target gets no gradient.
 * @param target probabilities (or their logarithms) of x's shape
 * @returns a scalar, or x's shape for reduction `none`
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit
 *
 * @example
 * ```ts
 * import { klDiv, log, tensor } from 'gridstride';
 * const p = tensor([[0.5, 0.5]]);
 * console.log((await klDiv(log(p), p, { reduction: 'batchmean' }).item()).toFixed(4)); // 0.0000
 * ```
 */
export function klDiv(logProbabilities: Tensor, target: Tensor, options: KlDivOptions = {}): Tensor {
  const { logTarget = false, reduction = 'mean' } = options;
  return fused(logProbabilities, target, { logTarget, reduction });
}
