type Numbers = Uint8Array | Float32Array | Float64Array;

const FIRST_CAPACITY = 1024;

/** A typed array that grows: as many bytes per value as its type has, and up to as much again kept free. @internal */
export class GrowingList<Values extends Numbers> {
  #values: Values;
  #length = 0;

  constructor(readonly make: (length: number) => Values) {
    this.#values = make(FIRST_CAPACITY);
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const old = this.#values;
      this.#values = this.make(2 * old.length);
      this.#values.set(old);
    }
    this.#values[this.#length++] = value;
  }

  /** What was added, until more is. */
  get values(): Values {
    return this.#values.subarray(0, this.#length) as Values;
  }
}
