import { describe, expect, it } from 'vitest';
import {
  attention,
  attentionDecode,
  cacheAppend,
  capture,
  Segments,
  tensor,
  type Tensor,
  zeros,
} from '../../lib/index.js';
import { modelDevices } from '../cuda.js';
import { sequence } from './cases.js';

const HEADS = 4;
const KV_HEADS = 2;
const SIZE = 16;
const PAGE = 4;
const PAGES = 200;
const TABLE = 80;

/** A cache with its pages, and sequences that lie in it. */
class Cache {
  readonly keys: Tensor;
  readonly values: Tensor;
  readonly #free = Array.from({ length: PAGES }, (_, i) => (i * 7) % PAGES);

  constructor(readonly device: string) {
    [this.keys, this.values] = [0, 1].map(() => zeros([PAGES, PAGE, KV_HEADS, SIZE], { device })) as [Tensor, Tensor];
  }

  take(tokens: number): number[] {
    return this.#free.splice(0, Math.ceil(tokens / PAGE));
  }

  ints(values: number[], shape: number[] = [values.length]): Tensor {
    return tensor(Int32Array.from(values), { dtype: 'i32', shape, device: this.device });
  }

  floats(values: Float32Array, heads: number): Tensor {
    return tensor(values, { shape: [values.length / (heads * SIZE), heads, SIZE], device: this.device });
  }

  /** Appends keys and values for positions [from, from + their number). */
  append(pages: readonly number[], from: number, k: Float32Array, v: Float32Array): void {
    const count = k.length / (KV_HEADS * SIZE);
    const slots = Array.from({ length: count }, (_, i) => slotOf(pages, from + i));
    cacheAppend(this.keys, this.values, this.floats(k, KV_HEADS), this.floats(v, KV_HEADS), this.ints(slots));
  }

  decode(q: readonly Float32Array[], pages: readonly (readonly number[])[], lengths: number[]): Tensor {
    const counts = q.map((rows) => rows.length / (HEADS * SIZE));
    return attentionDecode(this.floats(joined(q), HEADS), this.keys, this.values, {
      q: Segments.fromLengths(counts, this.device),
      pageTable: this.ints(pages.flatMap(padded), [pages.length, TABLE]),
      kvLengths: this.ints(lengths),
    });
  }
}

const slotOf = (pages: readonly number[], at: number) => pages[Math.floor(at / PAGE)]! * PAGE + (at % PAGE);
const padded = (pages: readonly number[]) => Array.from({ length: TABLE }, (_, i) => pages[i] ?? -1);

function joined(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => Array.from(part)));
}

/** Rows of numbers in [-1, 1), the same for the same seed. */
function rows(seed: number, count: number, heads: number): Float32Array {
  const random = sequence(seed);
  return Float32Array.from({ length: count * heads * SIZE }, () => 2 * random() - 1);
}

describe.each(modelDevices)('attention over a paged cache on %s', (device) => {
  it('equals attention over the same keys, appended part by part', async () => {
    const cache = new Cache(device);
    const [queries, lengths] = [
      [1, 3, 2],
      [270, 9, 2],
    ] as const;
    const q = queries.map((count, b) => rows(b, count, HEADS));
    const k = lengths.map((length, b) => rows(10 + b, length, KV_HEADS));
    const v = lengths.map((length, b) => rows(20 + b, length, KV_HEADS));
    const pages = lengths.map((length) => cache.take(length));
    lengths.forEach((length, b) => {
      const half = Math.floor(length / 2);
      const cut = half * KV_HEADS * SIZE;
      cache.append(pages[b]!, 0, k[b]!.subarray(0, cut), v[b]!.subarray(0, cut));
      cache.append(pages[b]!, half, k[b]!.subarray(cut), v[b]!.subarray(cut));
    });
    const expected = attention(
      cache.floats(joined(q), HEADS),
      cache.floats(joined(k), KV_HEADS),
      cache.floats(joined(v), KV_HEADS),
      { q: Segments.fromLengths(queries, device), kv: Segments.fromLengths(lengths, device), isCausal: true },
    );
    const want = (await expected.data()) as Float32Array;
    const got = (await cache.decode(q, pages, [...lengths]).data()) as Float32Array;
    expect(got.length).toBe(want.length);
    got.forEach((x, i) => expect(x).toBeCloseTo(want[i]!, 5));
  });

  it('gives a sequence the same bits alone and beside others', async () => {
    const lengths = [300, 290, 5];
    const fill = (cache: Cache, chosen: number[]) =>
      chosen.map((b) => {
        const pages = cache.take(lengths[b]!);
        cache.append(pages, 0, rows(b, lengths[b]!, KV_HEADS), rows(9 + b, lengths[b]!, KV_HEADS));
        return pages;
      });
    const q = lengths.map((_, b) => rows(20 + b, 1, HEADS));
    const beside = new Cache(device);
    const together = (await beside.decode(q, fill(beside, [0, 1, 2]), lengths).data()) as Float32Array;
    for (const b of [0, 1, 2]) {
      const alone = new Cache(device);
      const one = await alone.decode([q[b]!], fill(alone, [b]), [lengths[b]!]).data();
      expect(one).toEqual(together.slice(b * HEADS * SIZE, (b + 1) * HEADS * SIZE));
    }
  });

  it('replays a captured step for sequences that grow, leave and join', async () => {
    const [captured, eager] = [new Cache(device), new Cache(device)];
    const q = captured.floats(rows(0, 2, HEADS), HEADS);
    const [k, v] = [1, 2].map((seed) => captured.floats(rows(seed, 2, KV_HEADS), KV_HEADS)) as [Tensor, Tensor];
    const slots = captured.ints([-1, -1]);
    const pageTable = captured.ints([padded([]), padded([])].flat(), [2, TABLE]);
    const kvLengths = captured.ints([0, 0]);
    const segments = Segments.fromLengths([1, 1], device);
    const step = () => {
      cacheAppend(captured.keys, captured.values, k, v, slots);
      return attentionDecode(q, captured.keys, captured.values, { q: segments, pageTable, kvLengths });
    };
    const recording = capture(step, { device });
    expect(recording.size).toBe(2);
    expect(Array.from(await recording.result.data(), Number)).toEqual(
      Array.from({ length: 2 * HEADS * SIZE }, () => 0),
    );
    const [first, second, third] = [30, 10, 5].map((pages) => Array.from({ length: pages }, (_, i) => pages + i));
    const live: { pages: number[]; length: number }[] = [
      { pages: first!, length: 0 },
      { pages: second!, length: 0 },
    ];
    for (let turn = 0; turn < 12; turn++) {
      if (turn === 4) live[0] = { pages: [], length: -1 }; // gone
      if (turn === 7) live[0] = { pages: third!, length: 0 }; // another in its place
      const [newQ, newK, newV] = [HEADS, KV_HEADS, KV_HEADS].map((n, i) => rows(100 + 3 * turn + i, 2, n));
      q.write(newQ!);
      k.write(newK!);
      v.write(newV!);
      const at = live.map(({ pages, length }) => (length < 0 ? -1 : slotOf(pages, length)));
      for (const each of live) if (each.length >= 0) each.length += 1;
      const lengths = live.map(({ length }) => Math.max(0, length));
      slots.write(Int32Array.from(at));
      pageTable.write(Int32Array.from(live.flatMap(({ pages }) => padded(pages))));
      kvLengths.write(Int32Array.from(lengths));
      recording.replay();
      cacheAppend(eager.keys, eager.values, k, v, slots);
      const same = attentionDecode(q, eager.keys, eager.values, { q: segments, pageTable, kvLengths });
      expect(await recording.result.data()).toEqual(await same.data());
    }
    recording.dispose();
  });
});
