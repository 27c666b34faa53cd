import { CheckpointError, DisposedError } from '../util/errors.js';
import { Tensor } from './tensor.js';

/**
 * Refuses a state dict that is no Map of live tensors.
 * @throws CheckpointError, DisposedError naming the entry
 * @internal
 */
export function checkState(where: string, state: ReadonlyMap<string, Tensor>): void {
  if (!(state instanceof Map)) {
    const got = Array.isArray(state) ? 'an array' : String(state);
    throw new CheckpointError(`${where}: a state dict must be a Map of tensors by name, got ${got}`);
  }
  for (const [name, value] of state as ReadonlyMap<string, unknown>) {
    if (!(value instanceof Tensor))
      throw new CheckpointError(`${where}: ${name} must be a tensor, got ${value === null ? 'null' : typeof value}`, {
        name,
      });
    if (value.isDisposed)
      throw new DisposedError(`${where}: ${name} must be a live tensor, got a disposed one`, { name });
  }
}
