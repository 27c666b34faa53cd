import type { DType } from '../tensor/dtype.js';
import { callOne, keep, Tensor, tidy } from '../tensor/tensor.js';
import { isFloating } from '../tensor/dtype.js';
import { ConfigError } from '../util/errors.js';
import { loadEntries, type LoadOptions, type LoadResult, readEntries, type StateEntry } from './state_dict.js';

/** A field of a module that holds a parameter. @internal */
export interface Slot {
  name: string;
  value: Tensor;
  replace(next: Tensor): void;
}

type Field = [name: string, value: unknown, replace: (next: Tensor) => void];

/** Joins parts of a name with dots; an empty part adds no level. @internal */
export function joinName(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('.');
}

/**
 * Base of everything that has parameters. A subclass's fields are its parts: a `Tensor` is a parameter, a `Module` or an
 * array of modules is nested. Names are the path of fields, `layers.0.weight`; `paths` gives a field another name.
 *
 * A call of `forward` frees every tensor it made but those in its result (and what the tape needs).
 *
 * @example
 * ```ts
 * import { add, Linear, Module, relu, type Tensor, tensor } from 'gridstride';
 * class Residual extends Module {
 *   inner = new Linear(4, 4);
 *   forward(x: Tensor): Tensor {
 *     return add(x, relu(this.inner.forward(x)));
 *   }
 * }
 * const module = new Residual();
 * console.log(module.namedParameters().map(([name]) => name)); // [ 'inner.weight', 'inner.bias' ]
 * console.log(module.forward(tensor([[1, 2, 3, 4]])).shape); // [ 1, 4 ]
 * ```
 */
export abstract class Module {
  /** Whether dropout is on; {@link Module.train} and {@link Module.eval} set it. New modules are in training mode. */
  training = true;
  /**
   * Names of fields in checkpoints, where they differ; '' adds no level. A function names the items of an array by
   * index. Fields named here come first, in this order.
   * @internal
   */
  protected paths: Readonly<Record<string, string | ((index: number) => string)>> = {};

  constructor() {
    const body = this.forward as (...inputs: unknown[]) => unknown;
    // An own property in front of the subclass's method: whoever calls forward gets the scope.
    Object.defineProperty(this, 'forward', {
      value: (...inputs: unknown[]) => tidy(() => body.apply(this, inputs)),
      writable: true,
      configurable: true,
    });
  }

  /** What the module computes. */
  abstract forward(...inputs: never[]): unknown;

  /** Nested modules with their names, this one not included. */
  namedChildren(): [name: string, child: Module][] {
    return this.#fields().flatMap(([name, value]) =>
      value instanceof Module ? [[name, value] as [string, Module]] : [],
    );
  }

  /** This module and every one below it, with their names; parents come first. */
  namedModules(prefix = ''): [name: string, module: Module][] {
    const below = this.namedChildren().flatMap(([name, child]) => child.namedModules(joinName(prefix, name)));
    return [[prefix, this], ...below];
  }

  /** Own fields that hold parameters. @internal */
  ownSlots(): Slot[] {
    return this.#fields().flatMap(([name, value, replace]) =>
      value instanceof Tensor ? [{ name, value, replace }] : [],
    );
  }

  /** Every field below that holds a parameter; one that several fields share comes several times. @internal */
  slots(prefix = ''): Slot[] {
    return this.namedModules(prefix).flatMap(([path, module]) =>
      module.ownSlots().map((slot) => ({ ...slot, name: joinName(path, slot.name) })),
    );
  }

  /** Parameters with their names, in the order of fields; a shared one comes once, under its first name. */
  namedParameters(prefix = ''): [name: string, parameter: Tensor][] {
    const seen = new Set<Tensor>();
    const named: [string, Tensor][] = [];
    for (const { name, value } of this.slots(prefix)) {
      if (seen.has(value)) continue;
      seen.add(value);
      named.push([name, value]);
    }
    return named;
  }

  /** The parameters; a shared one comes once. */
  parameters(): Tensor[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** Checkpoint names of this module's own parameters; one parameter may be saved as several. @internal */
  ownEntries(): StateEntry[] {
    return this.ownSlots().map(({ name, value, replace }) => ({ name, parameter: value, replace }));
  }

  /** Everything a checkpoint of this module holds; a shared parameter comes once. @internal */
  stateEntries(prefix = ''): StateEntry[] {
    const owners = new Map<Tensor, Module>();
    return this.namedModules(prefix).flatMap(([path, module]) =>
      module.ownEntries().flatMap((entry) => {
        const owner = owners.get(entry.parameter);
        if (owner !== undefined && owner !== module) return [];
        owners.set(entry.parameter, module);
        return [{ ...entry, name: joinName(path, entry.name) }];
      }),
    );
  }

  /** Tensors by checkpoint name: new handles of the parameters' memory, outside autograd, that the caller disposes. */
  stateDict(): Map<string, Tensor> {
    return readEntries(this.stateEntries());
  }

  /**
   * Copies tensors into the parameters of the same names.
   * @param options `strict` (the default): names must agree both ways
   * @returns the names that were missing and those that were not expected
   * @throws CheckpointError (fields `missing`, `unexpected`) when strict and names differ, ShapeError for a wrong shape
   */
  loadStateDict(state: ReadonlyMap<string, Tensor>, options: LoadOptions = {}): LoadResult {
    return loadEntries(this.constructor.name, this.stateEntries(), state, options);
  }

  /** Turns training mode on (or off) for this module and all below. Returns itself. */
  train(mode = true): this {
    for (const [, module] of this.namedModules()) module.training = mode;
    return this;
  }

  /** Turns training mode off: no dropout. Returns itself. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Stops gradients of the parameters whose name begins with one of `prefixes` (all without any). Returns itself.
   * @throws ConfigError when a prefix fits no parameter
   */
  freeze(...prefixes: readonly string[]): this {
    return this.#setGrad('freeze', prefixes, false);
  }

  /**
   * Undoes {@link Module.freeze}, for the parameters whose name begins with one of `prefixes` (all without any).
   * @throws ConfigError when a prefix fits no parameter
   */
  unfreeze(...prefixes: readonly string[]): this {
    return this.#setGrad('unfreeze', prefixes, true);
  }

  /** Frees the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) {
      parameter.grad?.dispose();
      parameter.grad = undefined;
    }
  }

  /** Changes the element type of every floating parameter, in place; gradients are dropped. Returns itself. */
  to(target: { dtype: DType }): this {
    const replaced = new Map<Tensor, Tensor>();
    for (const slot of this.slots()) {
      const { value } = slot;
      if (value.dtype === target.dtype || !isFloating(value.dtype)) continue;
      const next = replaced.get(value) ?? keep(callOne((ops) => ops.cast(value.handle, target.dtype)));
      replaced.set(value, next.withGrad(value.requiresGrad));
      slot.replace(next);
    }
    for (const old of replaced.keys()) old.dispose();
    return this;
  }

  /** Frees every parameter; the module cannot be used afterwards. */
  dispose(): void {
    for (const parameter of this.parameters()) parameter.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #setGrad(where: string, prefixes: readonly string[], requiresGrad: boolean): this {
    const named = this.namedParameters();
    for (const prefix of prefixes) {
      if (named.some(([name]) => name.startsWith(prefix))) continue;
      throw new ConfigError(`${where}: a prefix must fit a parameter, got ${prefix}`, { prefix });
    }
    for (const [name, parameter] of named) {
      if (prefixes.length > 0 && !prefixes.some((prefix) => name.startsWith(prefix))) continue;
      parameter.requiresGrad = requiresGrad;
    }
    return this;
  }

  #fields(): Field[] {
    const fields = this as unknown as Readonly<Record<string, unknown>>;
    return Object.keys({ ...this.paths, ...this }).flatMap((key): Field[] => {
      const [name, value] = [this.paths[key] ?? key, fields[key]];
      const nameOf = (i: number) => (typeof name === 'string' ? joinName(name, `${i}`) : name(i));
      if (Array.isArray(value))
        return value.map((item: unknown, i): Field => [nameOf(i), item, (next) => (value[i] = next)]);
      return [[name as string, value, (next) => Object.assign(this, { [key]: next })]];
    });
  }
}
