import { cacheAppend, mul, tensor, type Tensor, zeros } from '../../../lib/index.js';
import { type ErrorCase, type Numbers, opCase, type OpCase, shapeText } from '../cases.js';

/** Caches (pages, page size, Hkv, D) and the slots of the new tokens. */
function appendCase(shape: readonly number[], slots: readonly number[]): OpCase {
  const [pages, pageSize, kvHeads, size] = shape as [number, number, number, number];
  const cache = { shape, requiresGrad: false };
  const rows = { shape: [slots.length, kvHeads, size], requiresGrad: false };
  const put = (cached: Numbers, fresh: Numbers): Numbers => {
    const data = cached.data.slice();
    const row = kvHeads * size;
    slots.forEach((slot, t) => {
      if (slot >= 0) data.set(fresh.data.subarray(t * row, (t + 1) * row), slot * row);
    });
    return { shape, data };
  };
  return opCase({
    name: `cache_append ${shapeText([pages, pageSize, kvHeads, size])} slots ${slots.join('+')}`,
    inputs: [cache, cache, rows, rows, { shape: [slots.length], dtype: 'i32', values: (t) => slots[t]! }],
    options: {},
    run([kOld, vOld, k, v, at]) {
      const [kCache, vCache] = [mul(kOld!, 1), mul(vOld!, 1)]; // the inputs may be views, a cache is dense
      cacheAppend(kCache, vCache, k!, v!, at!);
      return [kCache, vCache];
    },
    reference: ([kOld, vOld, k, v]) => [put(kOld!, k!), put(vOld!, v!)],
    gradient: false,
  });
}

export const cases = [
  appendCase([3, 4, 2, 8], [5, 11, 0]),
  appendCase([2, 3, 3, 5], [-1, 4, -1, 3]),
  appendCase([1, 1, 1, 1], [0]),
  appendCase([2, 2, 1, 4], []),
  {
    ...appendCase(
      [64, 16, 8, 128],
      Array.from({ length: 64 }, (_, i) => 16 * i + 3),
    ),
    bench: true,
  },
];

interface Call {
  kCache?: Tensor;
  k?: Tensor;
  slots?: Tensor;
}

/** A call of one token of two heads of four elements into two pages of four tokens, but for what is given. */
const refused = (name: string, error: string, message: RegExp, given: (device: string) => Call): ErrorCase => ({
  name: `cache_append ${name}`,
  run(device) {
    const vCache = zeros([2, 4, 2, 4], { device });
    const v = zeros([1, 2, 4], { device });
    const { kCache = vCache, k = v, slots = tensor([0], { dtype: 'i32', device }) } = given(device);
    cacheAppend(kCache, vCache, k, v, slots);
  },
  error,
  message,
});

const at = (slot: number, device: string) => tensor([slot], { dtype: 'i32', device });

export const errors: ErrorCase[] = [
  refused('past the last slot', 'DataError', /^cache_append: slots must lie in \[-1, 8\), got 8/, (device) => ({
    slots: at(8, device),
  })),
  refused('past the last slot, known to the device', 'DataError', /^cache_append: .*got -2 at position 0/, (device) => {
    const slots = at(-2, device);
    slots.host = undefined;
    return { slots };
  }),
  refused('of another shape', 'ShapeError', /^cache_append: k must be \(1, 2, 4\), got \(1, 2, 3\)/, (device) => ({
    k: zeros([1, 2, 3], { device }),
  })),
  refused('to caches of two shapes', 'ShapeError', /the value cache must be \(1, 4, 2, 4\)/, (device) => ({
    kCache: zeros([1, 4, 2, 4], { device }),
  })),
  refused('of another dtype', 'DTypeError', /^cache_append: .*f32 and bf16/, (device) => ({
    k: zeros([1, 2, 4], { device, dtype: 'bf16' }),
  })),
  refused('by slots of i64', 'DTypeError', /^cache_append: the slots must be i32, got i64/, (device) => ({
    slots: tensor([0], { dtype: 'i64', device }),
  })),
  {
    name: 'cache_append without slots',
    run(device) {
      const [cache, rows] = [zeros([2, 4, 2, 4], { device }), zeros([1, 2, 4], { device })];
      cacheAppend(cache, cache, rows, rows, undefined as never);
    },
    error: 'DataError',
    message: /^cache_append: slots must be a tensor, got undefined/,
  },
  refused('with a gradient asked for', 'UnsupportedOpError', /has no gradient, but k requires one/, (device) => ({
    k: zeros([1, 2, 4], { device }).withGrad(),
  })),
];
