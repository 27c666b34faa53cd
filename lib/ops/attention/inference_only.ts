import { isGradEnabled } from '../../autograd/tape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { UnsupportedOpError } from '../../util/errors.js';

/**
 * @throws UnsupportedOpError when a gradient through an op without one is asked for
 * @internal
 */
export function checkInferenceOnly(op: string, tensors: Readonly<Record<string, Tensor>>): void {
  if (!isGradEnabled()) return;
  const name = Object.keys(tensors).find((key) => tensors[key]!.requiresGrad);
  if (name !== undefined)
    throw new UnsupportedOpError(`${op}: has no gradient, but ${name} requires one; call it within noGrad()`, {
      tensor: name,
    });
}
