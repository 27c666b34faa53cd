import { ConfigError } from './errors.js';

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;
const WORD = 2 ** 32;

/** Four 32-bit words. */
export type PhiloxBlock = [number, number, number, number];

/** The upper 32 bits of the 64-bit product of two 32-bit words. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (cross >>> 16)) >>> 0;
}

/**
 * One block of Philox 4x32-10: 128 random bits that are a pure function of counter and key.
 * Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (SC 2011), section 3.3.
 *
 * @param counter Four 32-bit words, lowest first.
 * @param key Two 32-bit words, lowest first.
 *
 * @example
 * ```ts
 * import { philox4x32 } from 'gridstride';
 * const [first] = philox4x32([0, 0, 0, 0], [0, 0]);
 * console.log(first.toString(16)); // 6627e8d5
 * ```
 */
export function philox4x32(counter: Readonly<PhiloxBlock>, key: readonly [number, number]): PhiloxBlock {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c1 = low1 >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** A 64-bit unsigned value as two words, lowest first. */
function toWords(value: number | bigint, name: string): [number, number] {
  const isValid =
    typeof value === 'bigint' ? value >= 0n && value < 1n << 64n : Number.isSafeInteger(value) && value >= 0;
  if (!isValid) {
    throw new ConfigError(`random: ${name} must be an integer from 0 to 2^64 - 1, got ${value}`, { [name]: value });
  }
  const wide = BigInt(value);
  return [Number(wide & 0xffffffffn), Number(wide >> 32n)];
}

/**
 * A sequence of random numbers that depends on (seed, offset) alone: the same on every machine and device.
 * The key is the seed; block n of the sequence has the 128-bit counter offset + n.
 *
 * @example
 * ```ts
 * import { PhiloxRandom } from 'gridstride';
 * const random = new PhiloxRandom(42);
 * const die = 1 + random.nextBelow(6);
 * const share = random.nextFloat(); // in [0, 1)
 * ```
 */
export class PhiloxRandom {
  readonly #key: [number, number];
  readonly #counter: PhiloxBlock;
  #block: PhiloxBlock = [0, 0, 0, 0];
  #used = 4;

  /**
   * @param seed Integer from 0 to 2^64 - 1.
   * @param offset First block's counter, integer from 0 to 2^64 - 1.
   * @throws {ConfigError} Seed or offset is out of range.
   */
  constructor(seed: number | bigint, offset: number | bigint = 0) {
    this.#key = toWords(seed, 'seed');
    this.#counter = [...toWords(offset, 'offset'), 0, 0];
  }

  /** The next integer in [0, 2^32). */
  nextUint32(): number {
    if (this.#used === 4) {
      this.#block = philox4x32(this.#counter, this.#key);
      this.#used = 0;
      this.#advance();
    }
    return this.#block[this.#used++]!;
  }

  /**
   * The next integer in [0, bound), without bias: draws below 2^32 modulo bound are thrown away.
   * @param bound Integer from 1 to 2^32.
   * @throws {ConfigError} The bound is out of range.
   */
  nextBelow(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > WORD) {
      throw new ConfigError(`random: bound must be an integer from 1 to 2^32, got ${bound}`, { bound });
    }
    const rejected = WORD % bound;
    let draw = this.nextUint32();
    while (draw < rejected) draw = this.nextUint32();
    return draw % bound;
  }

  /** The next number in [0, 1), with 53 random bits. */
  nextFloat(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 2 ** 26 + low) * 2 ** -53;
  }

  #advance(): void {
    for (let word = 0; word < 4; word++) {
      this.#counter[word] = (this.#counter[word]! + 1) >>> 0;
      if (this.#counter[word] !== 0) return;
    }
  }
}

/**
 * The indices 0 .. length - 1.
 * @internal
 */
export function ascending(length: number): Uint32Array {
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  return order;
}

/**
 * A seeded permutation of 0 .. length - 1 (Fisher-Yates).
 *
 * @param length Number of indices, 0 to 2^32.
 *
 * @example
 * ```ts
 * import { PhiloxRandom, permutation } from 'gridstride';
 * const order = permutation(10, new PhiloxRandom(7)); // Uint32Array of 10
 * ```
 */
export function permutation(length: number, random: PhiloxRandom): Uint32Array {
  const order = ascending(length);
  for (let last = length - 1; last > 0; last--) {
    const other = random.nextBelow(last + 1);
    const kept = order[last]!;
    order[last] = order[other]!;
    order[other] = kept;
  }
  return order;
}
