import { isGradEnabled } from '../../autograd/tape.js';
import { Tensor } from '../../tensor/tensor.js';
import { DataError, UnsupportedOpError } from '../../util/errors.js';

/**
 * The tensors of an op without a gradient, by name.
 * @throws DataError for what is no tensor, UnsupportedOpError for one that requires a gradient
 * @internal
 */
export function checkInferenceOnly(op: string, tensors: Readonly<Record<string, unknown>>): void {
  for (const [name, x] of Object.entries(tensors)) {
    if (!(x instanceof Tensor)) throw new DataError(`${op}: ${name} must be a tensor, got ${typeof x}`);
    if (x.requiresGrad && isGradEnabled())
      throw new UnsupportedOpError(`${op}: has no gradient, but ${name} requires one; call it within noGrad()`, {
        tensor: name,
      });
  }
}
