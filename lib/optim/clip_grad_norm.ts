import { callAll, callOne, type Tensor, tidy } from '../tensor/tensor.js';
import { handles } from './optimizer.js';

/** Options of {@link gradientState}. */
export interface GradientStateOptions {
  /** Norm above which the optimizer scales the gradients down; none by default. */
  maxNorm?: number;
  /** Scalars that must be finite too, such as the loss or the norm of the step before. */
  alsoFinite?: readonly Tensor[];
  /** f32 (1): what the gradients are to be multiplied by before all else, one over a loss scale. */
  inverseScale?: Tensor;
}

function gradientsOf(params: Iterable<Tensor>): Tensor[] {
  return [...params].flatMap((param) => (param.grad === undefined ? [] : [param.grad]));
}

/** 1 when every scalar is finite, else NaN: f32 (1). */
function oneIfFinite(scalars: readonly Tensor[]): Tensor | undefined {
  return scalars.reduce<Tensor | undefined>((sum, scalar) => {
    const wide = scalar.dtype === 'f32' ? scalar : callOne((ops) => ops.cast(scalar.handle, 'f32'));
    const zero = callOne((ops) => ops.binary_scalar('mul', wide.handle, 0, false));
    if (sum === undefined) return callOne((ops) => ops.binary_scalar('add', zero.handle, 1, false));
    return callOne((ops) => ops.binary('add', sum.handle, zero.handle));
  }, undefined);
}

function product(a: Tensor | undefined, b: Tensor): Tensor {
  return a === undefined ? b : callOne((ops) => ops.binary('mul', a.handle, b.handle));
}

function finish(
  gradients: readonly Tensor[],
  maxNorm: number,
  inverseScale: Tensor | undefined,
  skips: boolean,
): Tensor {
  const limit = Number.isFinite(maxNorm) ? maxNorm : 0;
  const squares = callOne((ops) => ops.grad_norm_partial(handles(gradients)));
  return callOne((ops) => ops.grad_norm_finish(squares.handle, inverseScale?.handle, limit, skips));
}

/**
 * What `optimizer.step` must know of the gradients: their norm, the factor that clips them, and whether the step is to
 * be skipped because a gradient (or one of `alsoFinite`) is infinite or NaN. The gradients stay as they are and nothing
 * waits: the optimizer reads it on the device. f32 (4): norm before clipping, factor, 1 where not finite, 1 to skip.
 *
 * @example
 * ```ts
 * import { AdamW, gradientState, mul, sum, tensor } from 'gridstride';
 * const w = tensor([3, 4], { requiresGrad: true });
 * const optimizer = new AdamW([w]);
 * const loss = mul(sum(w), NaN);
 * loss.backward();
 * optimizer.step(gradientState([w], { maxNorm: 1, alsoFinite: [loss] }));
 * console.log(await w.toArray()); // [ 3, 4 ]
 * ```
 */
export function gradientState(params: Iterable<Tensor>, options: GradientStateOptions = {}): Tensor {
  const { maxNorm = Infinity, alsoFinite = [], inverseScale } = options;
  return tidy(() => {
    const factors = [oneIfFinite(alsoFinite), inverseScale].filter((factor) => factor !== undefined);
    const factor = factors.reduce<Tensor | undefined>(product, undefined);
    return finish(gradientsOf(params), maxNorm, factor, true);
  });
}

/**
 * Global L2 norm of the parameters' gradients; scales the gradients so that it is at most `maxNorm`, as
 * `torch.nn.utils.clip_grad_norm_`. All on the device: nothing waits.
 * @param maxNorm Infinity only measures
 * @returns the norm before clipping, f32 (1)
 *
 * @example
 * ```ts
 * import { clipGradNorm, mul, sum, tensor } from 'gridstride';
 * const w = tensor([3, 4], { requiresGrad: true });
 * sum(mul(w, w)).backward();
 * console.log(await clipGradNorm([w], 1).item()); // 10
 * ```
 */
export function clipGradNorm(params: Iterable<Tensor>, maxNorm: number): Tensor {
  return tidy(() => {
    const gradients = gradientsOf(params);
    const state = finish(gradients, maxNorm, undefined, false);
    if (Number.isFinite(maxNorm) && maxNorm > 0) {
      const scale = callOne((ops) => ops.slice(state.handle, 0, 1, 2));
      callAll((ops) => ops.scale_gradients(handles(gradients), scale.handle));
    }
    return callOne((ops) => ops.slice(state.handle, 0, 0, 1));
  });
}
