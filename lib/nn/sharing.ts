import { addon } from '../native/addon.js';
import { callOne, keep, type Tensor } from '../tensor/tensor.js';
import { CheckpointError } from '../util/errors.js';
import type { Module } from './module.js';

/** The parameters of a module as another thread of this process opens them; a plain object that can be posted. */
export interface SharedParameters {
  token: number;
  /** Parameter names in the order they are shared in. */
  names: string[];
}

/**
 * Holds the parameters under a token until {@link unshareParameters}. They must not be trained or replaced meanwhile.
 * @internal
 */
export function shareParameters(module: Module): SharedParameters {
  const named = module.namedParameters();
  const token = addon().share(named.map(([, parameter]) => parameter.handle));
  return { token, names: named.map(([name]) => name) };
}

/** Ends what {@link shareParameters} began; threads that have opened the parameters keep them. @internal */
export function unshareParameters({ token }: SharedParameters): void {
  addon().unshare(token);
}

/**
 * Puts shared parameters in the place of a module's own, without a copy; they take no gradients.
 * @throws CheckpointError when the names differ, DisposedError when they are no longer shared
 * @internal
 */
export function adoptParameters(module: Module, shared: SharedParameters): void {
  const index = new Map(shared.names.map((name, i) => [name, i]));
  const adopted = new Map<Tensor, Tensor>();
  for (const { name, value, replace } of module.slots()) {
    const at = index.get(name);
    if (at === undefined && !adopted.has(value))
      throw new CheckpointError(`fromShared: ${name} must be among the shared parameters`, { name });
    const opened = adopted.get(value) ?? keep(callOne(() => addon().adopt(shared.token, at!)));
    adopted.set(value, opened);
    replace(opened);
  }
}
