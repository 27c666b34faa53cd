/** A value of a pickle: null, boolean, number, bigint, text, bytes, array (lists and tuples), Map, Set, or a host's. */
export type PickleValue = unknown;

/** A class or function that a pickle may name; without `call` it may be passed on only. */
export class PickleGlobal {
  readonly name: string;
  readonly call: ((args: readonly PickleValue[]) => PickleValue) | undefined;

  constructor(name: string, call?: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/** An object of a host that gets its contents after it was made. */
export abstract class PickleObject {
  abstract setState(state: PickleValue): void;
}

/** What a pickle can name. */
export interface PickleHost {
  /** A global by its full name; undefined where it is not allowed. */
  global(name: string): PickleGlobal | undefined;
  /** What stands outside of the pickle under an id. */
  persistent(id: PickleValue): PickleValue;
}
