import { ConfigError } from '../util/errors.js';
import { joinCapture } from './capture.js';
import { resolveDevice } from './create.js';
import { keep, type Tensor, uploadTensor } from './tensor.js';

/**
 * A stream of counter-based random numbers (Philox) on one device: the same seed gives the same bits on every device.
 * Ops read seed and base offset from device memory and take a range of counters each, so that a replayed step draws
 * new numbers.
 *
 * @example
 * ```ts
 * import { dropout, Generator, ones } from 'gridstride';
 * const generator = new Generator(7, 'cpu');
 * const y = dropout(ones([4], { device: 'cpu' }), 0.5, { generator });
 * console.log(y.shape); // [ 4 ]
 * ```
 */
export class Generator {
  /** On the device, i64 (2): seed and base offset. */
  readonly state: Tensor;
  /** The device of the ops that may use it. */
  readonly device: string;
  #seed: number;
  #base = 0;
  #position = 0;

  /**
   * @param seed a whole number from 0 to 2^53 - 1
   * @throws ConfigError for any other seed
   */
  constructor(seed: number, device = 'auto') {
    this.#seed = checkedSeed(seed);
    this.device = resolveDevice(device);
    this.state = keep(uploadTensor(this.#words(), 'i64', [2], this.device));
  }

  /** The seed; setting it begins its stream anew. */
  get seed(): number {
    return this.#seed;
  }
  set seed(seed: number) {
    this.#seed = checkedSeed(seed);
    this.position = 0;
  }

  /** Counters taken since the stream began: with the seed, all that a checkpoint needs. */
  get position(): number {
    return this.#position;
  }
  set position(position: number) {
    this.#position = position;
    this.#base = position;
    this.state.write(this.#words());
  }

  /**
   * Takes a range of counters (one gives four 32-bit numbers) and returns where it begins, counted from the base offset
   * on the device.
   */
  take(counters: number): number {
    joinCapture(this, () => this.#stepState());
    const delta = this.#position - this.#base;
    this.#position += counters;
    return delta;
  }

  /**
   * Runs `body` with the numbers that were drawn from `position` on; the stream then goes on where it is. The position
   * must have been passed since the stream was last set.
   * @internal
   */
  replayFrom<T>(position: number, body: () => T): T {
    const end = this.#position;
    this.#position = position;
    try {
      return body();
    } finally {
      this.#position = end;
    }
  }

  /** Frees the state. */
  dispose(): void {
    this.state.dispose();
  }

  #words(): BigInt64Array {
    return BigInt64Array.of(BigInt(this.#seed), BigInt(this.#base));
  }

  /** A captured step's ops have deltas from `#base` at that time: each replay moves the base to where the stream is. */
  #stepState() {
    const begin = this.#position;
    const offset = begin - this.#base;
    let count = 0;
    return {
      captured: () => {
        count = this.#position - begin;
      },
      beforeReplay: () => {
        this.#base = this.#position - offset;
        this.#position += count;
        this.state.write(this.#words());
      },
    };
  }
}

function checkedSeed(seed: number): number {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new ConfigError(`generator: the seed must be a whole number from 0 to 2^53 - 1, got ${seed}`, { seed });
  return seed;
}

const generators = new Map<string, Generator>();
let defaultSeed = 0;

/** The generator that random ops on a device use when none is given; its seed is {@link manualSeed}'s, at first 0. */
export function defaultGenerator(device = 'auto'): Generator {
  const name = resolveDevice(device);
  let generator = generators.get(name);
  if (generator === undefined || generator.state.isDisposed) {
    generator = new Generator(defaultSeed, name);
    generators.set(name, generator);
  }
  return generator;
}

/**
 * Seeds the default generators of all devices.
 * @throws ConfigError unless `seed` is a whole number from 0 to 2^53 - 1
 */
export function manualSeed(seed: number): void {
  defaultSeed = checkedSeed(seed);
  for (const generator of generators.values()) generator.seed = seed;
}
