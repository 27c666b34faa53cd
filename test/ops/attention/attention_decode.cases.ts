import {
  attentionDecode,
  type AttentionDecodeOptions,
  Segments,
  tensor,
  type Tensor,
  zeros,
} from '../../../lib/index.js';
import { type CaseContext, type CaseInput, type ErrorCase, type Numbers, opCase, type OpCase } from '../cases.js';
import { total } from '../reference.js';

interface Options {
  /** Queries of each sequence. */
  q: readonly number[];
  /** Keys of each sequence. */
  kv: readonly number[];
  heads: number;
  kvHeads?: number;
  size: number;
  pageSize: number;
  window?: number;
  scale?: number;
  /** Rows past the last sequence. */
  spare?: number;
  /** A bias by distance: whether each query has a row of its own. */
  bias?: 'of all' | 'of each';
}

const BUCKETS = 5;
const REACH = 9; // keys lie further, too
const BUCKET_OF = Array.from({ length: 2 * REACH + 1 }, (_, i) => (i * 3) % BUCKETS);

/** Pages of each sequence, all in a shuffled order; -1 past its last. */
function pagesOf({ kv, pageSize }: Options): { table: number[][]; pages: number } {
  const counts = kv.map((length) => Math.ceil(length / pageSize));
  const pages = total(counts) + 2;
  let next = 0;
  const take = () => (pages - 1 - next++ + 3) % pages;
  const table = counts.map((count) =>
    Array.from({ length: Math.max(...counts) + 1 }, (_, i) => (i < count ? take() : -1)),
  );
  return { table, pages };
}

/** The keys query i of a sequence sees: [begin, end). */
function keysOf(i: number, sq: number, skv: number, window = Infinity): [begin: number, end: number] {
  const position = skv - sq + i;
  return [Math.max(0, position - window), Math.max(0, position + 1)];
}

/** Slot of key j of sequence b. */
function slotOf(table: readonly number[][], pageSize: number, b: number, j: number): number {
  return table[b]![Math.floor(j / pageSize)]! * pageSize + (j % pageSize);
}

/** What is added to the score of a key that stands `distance` behind query `token`. */
function biasOf(row: Numbers | undefined, token: number, h: number, distance: number): number {
  if (row === undefined) return 0;
  const [tokens, heads] = row.shape as [number, number];
  const bucket = BUCKET_OF[Math.max(-REACH, distance) + REACH]!;
  return row.data[((tokens === 1 ? 0 : token) * heads + h) * BUCKETS + bucket]!;
}

function reference(inputs: readonly Numbers[], options: Options): Numbers {
  const [q, k, v, , , row] = inputs;
  const { heads, kvHeads = heads, size, scale = 1 / Math.sqrt(size), pageSize, window } = options;
  const { table } = pagesOf(options);
  const data = new Float64Array(q!.data.length);
  let first = 0;
  options.q.forEach((sq, b) => {
    for (let i = 0; i < sq; i++)
      for (let h = 0; h < heads; h++) {
        const [begin, end] = keysOf(i, sq, options.kv[b]!, window);
        const at = ((first + i) * heads + h) * size;
        const rows = Array.from(
          { length: Math.max(0, end - begin) },
          (_, j) => (slotOf(table, pageSize, b, begin + j) * kvHeads + Math.floor(h / (heads / kvHeads))) * size,
        );
        const scores = rows.map((place, j) => {
          let dot = 0;
          for (let d = 0; d < size; d++) dot += q!.data[at + d]! * k!.data[place + d]!;
          return scale * dot + biasOf(row, first + i, h, begin + j - (end - 1));
        });
        const top = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - top));
        const sum = total(weights);
        rows.forEach((row, j) => {
          for (let d = 0; d < size; d++) data[at + d]! += (weights[j]! / sum) * v!.data[row + d]!;
        });
      }
    first += sq;
  });
  return { shape: q!.shape, data };
}

function run(
  [q, k, v, pageTable, kvLengths, row, bucketOf]: readonly Tensor[],
  options: Options,
  context: CaseContext,
): Tensor {
  const { window, scale } = options;
  return attentionDecode(q!, k!, v!, {
    q: context.segments(options.q),
    pageTable: pageTable!,
    kvLengths: kvLengths!,
    ...(window === undefined ? {} : { window }),
    ...(scale === undefined ? {} : { scale }),
    ...(row && { bias: { row, bucketOf: bucketOf! } }),
  });
}

function biasInputs(rows: number, heads: number): CaseInput[] {
  return [
    { shape: [rows, heads, BUCKETS], requiresGrad: false },
    { shape: [BUCKET_OF.length], dtype: 'i32', values: (i) => BUCKET_OF[i]! },
  ];
}

function decodeCase(options: Options): OpCase {
  const { q, kv, heads, kvHeads = heads, size, pageSize, window, spare = 0, bias } = options;
  const { table, pages } = pagesOf(options);
  const seen = new Set<number>();
  kv.forEach((skv, b) => {
    for (let j = keysOf(0, q[b]!, skv, window)[0]; j < skv; j++) seen.add(slotOf(table, pageSize, b, j));
  });
  // What no query sees is NaN: nobody may read it into a result.
  const cache = {
    shape: [pages, pageSize, kvHeads, size],
    values: (i: number, random: () => number) => (seen.has(Math.floor(i / (kvHeads * size))) ? random() * 2 - 1 : NaN),
    requiresGrad: false,
  };
  const name = Object.entries(options).map(
    ([key, value]) => `${key} ${Array.isArray(value) ? value.join('+') : value}`,
  );
  return opCase<Options>({
    name: `attention_decode ${name.join(' ')}`,
    inputs: [
      { shape: [total(q) + spare, heads, size], requiresGrad: false },
      cache,
      cache,
      { shape: [kv.length, table[0]?.length ?? 0], dtype: 'i32', values: (i) => table.flat()[i]! },
      { shape: [kv.length], dtype: 'i32', values: (b) => kv[b]! },
      ...(bias === undefined ? [] : biasInputs(bias === 'of all' ? 1 : total(q) + spare, heads)),
    ],
    options,
    run,
    reference,
    gradient: false,
  });
}

const ones = (count: number) => Array.from({ length: count }, () => 1);

export const cases = [
  decodeCase({ q: [1, 1, 1], kv: [5, 0, 1], heads: 2, size: 8, pageSize: 4 }),
  decodeCase({ q: [1], kv: [1], heads: 1, size: 1, pageSize: 1 }),
  decodeCase({ q: [3, 0, 1, 2], kv: [7, 4, 33, 1], heads: 4, kvHeads: 2, size: 16, pageSize: 16, spare: 2 }),
  decodeCase({ q: [1, 2], kv: [40, 9], heads: 6, kvHeads: 2, size: 33, pageSize: 3 }),
  decodeCase({ q: [1, 4], kv: [61, 20], heads: 2, size: 24, pageSize: 16, window: 7, scale: 0.5 }),
  decodeCase({ q: [1, 1], kv: [530, 270], heads: 2, kvHeads: 1, size: 64, pageSize: 16 }),
  decodeCase({ q: [2], kv: [270], heads: 1, size: 5, pageSize: 7, window: 300 }),
  decodeCase({ q: [1], kv: [40], heads: 1, size: 256, pageSize: 16 }),
  decodeCase({ q: [1, 1], kv: [40, 300], heads: 2, size: 16, pageSize: 16, bias: 'of all' }),
  decodeCase({ q: [3, 1], kv: [20, 5], heads: 4, kvHeads: 1, size: 12, pageSize: 4, spare: 1, bias: 'of each' }),
  { ...decodeCase({ q: [1], kv: [4096], heads: 32, kvHeads: 8, size: 128, pageSize: 16 }), bench: true },
  {
    ...decodeCase({ q: ones(16), kv: ones(16).map(() => 1024), heads: 12, size: 64, pageSize: 16 }),
    bench: true,
  },
];

interface Call {
  q?: Tensor;
  cache?: Tensor;
  lengths?: number[];
  pages?: number[];
  isKnown?: boolean;
  bias?: AttentionDecodeOptions['bias'];
}

/** A call of one sequence, two pages of four tokens, two heads of four elements, but for what is given. */
function call(device: string, given: Call): Tensor {
  const cache = given.cache ?? zeros([2, 4, 2, 4], { device });
  const ints = (values: number[], shape: number[]) => tensor(values, { dtype: 'i32', shape, device });
  const kvLengths = ints(given.lengths ?? [5], [given.lengths?.length ?? 1]);
  if (given.isKnown === false) kvLengths.host = undefined;
  const pageTable = ints(given.pages ?? [1, 0], [1, 2]);
  const q = Segments.fromLengths([1], device);
  return attentionDecode(given.q ?? zeros([1, 2, 4], { device }), cache, cache, {
    q,
    pageTable,
    kvLengths,
    ...(given.bias && { bias: given.bias }),
  });
}

/** A bias of three buckets. */
function biasOn(device: string, buckets: number[], row = [1, 2, 3]): { row: Tensor; bucketOf: Tensor } {
  const bucketOf = tensor(buckets, { dtype: 'i32', device });
  bucketOf.host = undefined;
  return { row: zeros(row, { device }), bucketOf };
}

const refused = (name: string, error: string, message: RegExp, given: (device: string) => Call): ErrorCase => ({
  name: `attention_decode ${name}`,
  run: (device) => call(device, given(device)),
  error,
  message,
});

export const errors: ErrorCase[] = [
  refused('with a length past its pages', 'DataError', /kvLengths must lie in \[0, 9\), got 9 at position 0/, () => ({
    lengths: [9],
  })),
  refused(
    'with a length past its pages, known to the device',
    'DataError',
    /^attention_decode: .*\[0, 9\), got -1/,
    () => ({
      lengths: [-1],
      isKnown: false,
    }),
  ),
  refused('with a page that is not there', 'DataError', /^attention_decode: .*\[0, 2\), got 2 at position 1/, () => ({
    pages: [1, 2],
  })),
  refused('of two dtypes', 'DTypeError', /^attention_decode: .*f16 and f32/, (device) => ({
    q: zeros([1, 2, 4], { device, dtype: 'f16' }),
  })),
  refused(
    'of fewer queries than tokens',
    'ShapeError',
    /^attention_decode: q must have a row per token, got 0 for 1/,
    (device) => ({
      q: zeros([0, 2, 4], { device }),
    }),
  ),
  refused('of another head size', 'ShapeError', /share the head size, got \(1, 2, 3\)/, (device) => ({
    q: zeros([1, 2, 3], { device }),
  })),
  refused('of heads that are too wide', 'ShapeError', /at most 256 elements, got \(1, 1, 257\)/, (device) => ({
    q: zeros([1, 1, 257], { device }),
    cache: zeros([2, 4, 1, 257], { device }),
  })),
  refused('with key heads that do not divide the heads', 'ShapeError', /must divide the heads/, (device) => ({
    q: zeros([1, 3, 4], { device }),
  })),
  refused('with pages of no token', 'ShapeError', /the pages must hold a token or more/, (device) => ({
    cache: zeros([2, 0, 2, 4], { device }),
    lengths: [0],
  })),
  refused('with a length too many', 'ShapeError', /^attention_decode: the lengths must be \(1\), got \(2\)/, () => ({
    lengths: [1, 1],
  })),
  refused(
    'with a bucket that is not there',
    'DataError',
    /^attention_decode: .*\[0, 3\), got 3 at position 2/,
    (device) => ({
      bias: biasOn(device, [0, 1, 3]),
    }),
  ),
  refused('with an even number of distances', 'ShapeError', /bucketOf must hold the distances .* \(2\)/, (device) => ({
    bias: biasOn(device, [0, 1]),
  })),
  refused('with a bias of other heads', 'ShapeError', /row must be .* got \(1, 3, 3\)/, (device) => ({
    bias: biasOn(device, [0, 1, 2], [1, 3, 3]),
  })),
  refused('with terms of keys', 'ConfigError', /the bias must be row and bucketOf, got a col/, (device) => ({
    bias: { ...biasOn(device, [0, 1, 2]), col: zeros([1, 2, 3], { device }) } as never,
  })),
  refused('with a bias without buckets', 'DataError', /bias.bucketOf must be a tensor, got undefined/, (device) => ({
    bias: { row: zeros([1, 2, 3], { device }) } as never,
  })),
  refused('with a gradient asked for', 'UnsupportedOpError', /has no gradient, but q requires one/, (device) => ({
    q: zeros([1, 2, 4], { device }).withGrad(),
  })),
  {
    name: 'attention_decode without options',
    run: (device) => {
      const cache = zeros([2, 4, 2, 4], { device });
      return attentionDecode(zeros([1, 2, 4], { device }), cache, cache, undefined as never);
    },
    error: 'ConfigError',
    message: /^attention_decode: options.q must be Segments, got undefined/,
  },
  {
    name: 'attention_decode without a page table',
    run: (device) => {
      const cache = zeros([2, 4, 2, 4], { device });
      const options = { q: Segments.fromLengths([1], device) } as AttentionDecodeOptions;
      return attentionDecode(zeros([1, 2, 4], { device }), cache, cache, options);
    },
    error: 'DataError',
    message: /^attention_decode: pageTable must be a tensor, got undefined/,
  },
];
