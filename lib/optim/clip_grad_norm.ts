import { callAll, callOne, type Tensor } from '../tensor/tensor.js';
import { handles } from './optimizer.js';

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
  const gradients = [...params].flatMap((param) => (param.grad === undefined ? [] : [param.grad]));
  const limit = Number.isFinite(maxNorm) ? maxNorm : 0;
  const squares = callOne((ops) => ops.grad_norm_partial(handles(gradients)));
  const state = callOne((ops) => ops.grad_norm_finish(squares.handle, undefined, limit, false));
  squares.dispose();
  try {
    if (limit > 0) {
      const scale = callOne((ops) => ops.slice(state.handle, 0, 1, 2));
      callAll((ops) => ops.scale_gradients(handles(gradients), scale.handle));
      scale.dispose();
    }
    return callOne((ops) => ops.slice(state.handle, 0, 0, 1));
  } finally {
    state.dispose();
  }
}
