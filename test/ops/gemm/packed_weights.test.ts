import { expect, it } from 'vitest';
import {
  add,
  devices,
  type DType,
  linear,
  noGrad,
  reshape,
  slice,
  sum,
  tensor,
  type Tensor,
} from '../../../lib/index.js';

const [ROWS, DEPTH, TOKENS] = [64, 96, 40];

/** Multiples of 1/16 whose sums of products f32 holds exactly, in whatever order. */
const exact = (count: number, step: number) =>
  Float32Array.from({ length: count }, (_, i) => (((i * step) % 17) - 8) / 16);

/** As an element of the dtype lies in memory; bf16 is the upper half of f32. */
const stored = (data: Float32Array, dtype: DType) =>
  dtype === 'f32' ? data : Uint16Array.from(new Uint32Array(data.buffer), (word) => word >>> 16);

const numbers = async (t: Tensor) => Array.from(await t.data(), Number);

async function product(x: Float32Array, w: Float32Array, depth: number, dtype: DType): Promise<number[]> {
  const rows = w.length / depth;
  const sums = Float32Array.from({ length: (x.length / depth) * rows }, (_, i) => {
    let total = 0;
    for (let k = 0; k < depth; k++) total += x[Math.floor(i / rows) * depth + k]! * w[(i % rows) * depth + k]!;
    return total;
  });
  return numbers(tensor(sums, { dtype, device: 'cpu' }));
}

// The engine keeps a weight that only forward passes use in an order of its own: nobody may notice.
for (const set of devices()[0]!.instructionSets!)
  for (const dtype of ['f32', 'bf16'] as DType[])
    it(`a weight in ${dtype} on cpu:${set} is the same for forward passes and everything else, in any order`, async () => {
      const device = `cpu:${set}`;
      const [values, tokens] = [exact(ROWS * DEPTH, 5), exact(TOKENS * DEPTH, 7)];
      const w = tensor(values, { shape: [ROWS, DEPTH], dtype, device }).withGrad();
      const x = tensor(tokens, { shape: [TOKENS, DEPTH], dtype, device });
      const forward = (weight: Tensor, input = x) => noGrad(() => linear(input, weight));
      const check = async (weight: Float32Array) => {
        const want = await product(tokens, weight, DEPTH, dtype);
        for (let use = 0; use < 4; use++) expect(await numbers(forward(w))).toEqual(want);
        expect(await numbers(w)).toEqual([...weight]);
        for (let use = 0; use < 12; use++) forward(w).dispose();
        expect(await numbers(forward(w, slice(x, 0, 0, 3)))).toEqual(want.slice(0, 3 * ROWS));
        expect(await numbers(forward(w))).toEqual(want);
      };
      await check(values);
      const part = await product(tokens, values.slice(DEPTH * 32), DEPTH, dtype);
      expect(await numbers(forward(noGrad(() => slice(w, 0, 32, 64))))).toEqual(part);
      const other = exact(TOKENS * 48, 3);
      const narrow = tensor(other, { shape: [TOKENS, 48], dtype, device });
      const taller = await product(other, values, 48, dtype);
      expect(
        await numbers(
          forward(
            noGrad(() => reshape(w, [128, 48])),
            narrow,
          ),
        ),
      ).toEqual(taller);
      const more = await numbers(
        tensor(
          values.map((value) => value + 1),
          { dtype, device },
        ),
      );
      expect(await numbers(noGrad(() => add(w, 1)))).toEqual(more);
      sum(linear(x, w)).backward();
      expect((await numbers(w.grad!)).slice(0, DEPTH)).toEqual(await numbers(noGrad(() => sum(x, { axes: [0] }))));
      await check(values);
      w.write(stored(exact(ROWS * DEPTH, 11), dtype));
      await check(exact(ROWS * DEPTH, 11));
    });
