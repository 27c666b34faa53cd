import { philox4x32 } from '../lib/util/philox.js';

/** Numbers that a seed and an index decide alone: a failing case runs again by itself. */
class Draws {
  readonly #seed: number;
  readonly #index: number;
  #words: number[] = [];
  #blocks = 0;

  constructor(seed: number, index: number) {
    this.#seed = seed;
    this.#index = index;
  }

  below(limit: number): number {
    if (this.#words.length === 0) this.#words = philox4x32([this.#index, this.#blocks++, 0, 0], [this.#seed, 0]);
    return this.#words.pop()! % limit;
  }
}

const LENGTHS = [0, 1, 0x7f, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
const LONGEST_RUN = 24;
/** Headers stand at the ends of files. */
const END_BYTES = 1024;

/** A place in the bytes: anywhere, near the start or near the end. */
function place(bytes: Buffer, draws: Draws): number {
  const near = Math.min(END_BYTES, bytes.length);
  const from = [0, 0, bytes.length - near][draws.below(3)]!;
  return from + draws.below(Math.max(draws.below(2) === 0 ? near : bytes.length - from, 1));
}

const run = (draws: Draws): number => 1 + draws.below(LONGEST_RUN);

type Edit = (bytes: Buffer, at: number, draws: Draws) => Buffer;

const withByte =
  (value: (old: number, draws: Draws) => number): Edit =>
  (bytes, at, draws) => {
    bytes[at] = value(bytes[at]!, draws);
    return bytes;
  };

const EDITS: readonly Edit[] = [
  withByte((old, draws) => old ^ (1 << draws.below(8))),
  withByte((_, draws) => draws.below(256)),
  withByte((_, draws) => LENGTHS[draws.below(4)]!),
  (bytes, at, draws) => {
    if (at + 4 <= bytes.length) bytes.writeUInt32LE(LENGTHS[draws.below(LENGTHS.length)]!, at);
    return bytes;
  },
  (bytes, at, draws) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + run(draws))]),
  (bytes, at, draws) => {
    const added = Uint8Array.from({ length: run(draws) }, () => draws.below(256));
    return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
  },
  (bytes, at, draws) => {
    const from = place(bytes, draws);
    const copied = bytes.subarray(from, from + run(draws));
    const isAdded = draws.below(2) === 0;
    return Buffer.concat([bytes.subarray(0, at), copied, bytes.subarray(isAdded ? at : at + copied.length)]);
  },
  (bytes, at) => bytes.subarray(0, at),
];

/** `bytes` with one to three seeded mistakes: bits, lengths, runs that are lost, added, copied or moved, a cut. */
export function mutated(bytes: Uint8Array, seed: number, index: number): Buffer {
  const draws = new Draws(seed, index);
  let out = Buffer.from(bytes);
  for (let edits = 1 + draws.below(3); edits > 0; edits--)
    out = Buffer.from(EDITS[draws.below(EDITS.length)]!(out, place(out, draws), draws));
  return out;
}
