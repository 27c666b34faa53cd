import { attention, ones, philox4x32, Segments, slice, tensor, type Tensor, zeros } from '../../../lib/index.js';
import { type CaseContext, type ErrorCase, type Numbers, opCase, type OpCase } from '../cases.js';
import { total } from '../reference.js';

interface Options {
  q: readonly number[];
  kv?: readonly number[];
  heads: number;
  kvHeads?: number;
  size: number;
  isCausal?: boolean;
  window?: number;
  scale?: number;
  /** Shape of the dense bias. */
  bias?: readonly number[];
  /** Relative bias: tokens of its terms, and its table's buckets and reach. */
  relative?: { row: number; col?: number; buckets: number; reach: number };
  /** Rows of keys that are global. */
  globals?: readonly number[];
  dropout?: number;
  /** Rows past the last sequence. */
  spare?: number;
}

const SEED = 3;

function isVisible(i: number, j: number, sq: number, skv: number, options: Options, row: number): boolean {
  const position = i + skv - sq;
  const { isCausal, window = Infinity, globals } = options;
  return (isCausal !== true || j <= position) && (Math.abs(j - position) <= window || globals?.includes(row) === true);
}

/** Runs of two and three distances share a bucket, and each bucket comes again further on. */
const bucketAt = (place: number, buckets: number) => (Math.floor((place * 2) / 5) * 3) % buckets;

type BiasAt = (b: number, h: number, i: number, j: number, token: number, key: number) => number;

/** The bias of head h, query i and key j of sequence b, whose rows are `token` and `key`. */
function biasOf([first, second]: readonly Numbers[], { relative, heads, q, kv = q }: Options): BiasAt {
  if (first === undefined) return () => 0;
  if (relative === undefined)
    return (b, h, i, j) =>
      first.data[first.shape.reduce((at, n, axis) => at * n + (n === 1 ? 0 : [b, h, i, j][axis]!), 0)]!;
  const { reach, buckets } = relative;
  const termAt = ({ data, shape }: Numbers, token: number, h: number, c: number) =>
    data[((shape[0] === 1 ? 0 : token) * heads + h) * buckets + c]!;
  return (b, h, i, j, token, key) => {
    const distance = j - (i + kv[b]! - q[b]!);
    const c = bucketAt(Math.min(Math.max(distance, -reach), reach) + reach, buckets);
    return termAt(first, token, h, c) + (second === undefined ? 0 : termAt(second, key, h, c));
  };
}

function isKept(b: number, h: number, i: number, j: number, options: Options): boolean {
  if (options.dropout === undefined) return true;
  const longest = Math.max(...options.q);
  const row = Math.ceil(Math.max(...(options.kv ?? options.q)) / 4);
  const counter = ((b * options.heads + h) * longest + i) * row + Math.floor(j / 4);
  return philox4x32([counter, 0, 0, 0], [SEED, 0])[(j % 4) as 0] >= Math.floor(options.dropout * 2 ** 32);
}

/** The weights of one query: softmax over the keys it sees, then dropout. */
function weightsOf(scores: readonly number[], keep: (j: number) => boolean, dropout = 0): number[] {
  const top = Math.max(...scores);
  if (top === -Infinity) return scores.map(() => 0);
  const exps = scores.map((s) => Math.exp(s - top));
  const sum = total(exps);
  return exps.map((e, j) => (keep(j) ? e / sum / (1 - dropout) : 0));
}

function reference(inputs: readonly Numbers[], options: Options): Numbers {
  const [q, k, v, ...terms] = inputs as [Numbers, Numbers, Numbers, ...Numbers[]];
  const { heads, kvHeads = heads, size, scale = 1 / Math.sqrt(size), kv = options.q } = options;
  const data = new Float64Array(q.data.length);
  const biasAt = biasOf(terms, options);
  let [q0, k0] = [0, 0];
  options.q.forEach((sq, b) => {
    const skv = kv[b]!;
    for (let h = 0; h < heads; h++) {
      const group = Math.floor(h / (heads / kvHeads));
      const key = (j: number, d: number) => ((k0 + j) * kvHeads + group) * size + d;
      for (let i = 0; i < sq; i++) {
        const query = ((q0 + i) * heads + h) * size;
        const scores = Array.from({ length: skv }, (_, j) => {
          if (!isVisible(i, j, sq, skv, options, k0 + j)) return -Infinity;
          let dot = 0;
          for (let d = 0; d < size; d++) dot += q.data[query + d]! * k.data[key(j, d)]!;
          return scale * dot + biasAt(b, h, i, j, q0 + i, k0 + j);
        });
        const weights = weightsOf(scores, (j) => isKept(b, h, i, j, options), options.dropout);
        weights.forEach((w, j) => {
          for (let d = 0; d < size; d++) data[query + d]! += w * v.data[key(j, d)]!;
        });
      }
    }
    q0 += sq;
    k0 += skv;
  });
  return { shape: q.shape, data };
}

function biasOption([first, col]: readonly Tensor[], { relative }: Options, context: CaseContext) {
  if (first === undefined || relative === undefined) return first;
  const { reach, buckets } = relative;
  const table = Int32Array.from({ length: 2 * reach + 1 }, (_, place) => bucketAt(place, buckets));
  return { row: first, ...(col && { col }), bucketOf: context.own(tensor(table, { device: context.device })) };
}

function globalKeys({ globals }: Options, rows: number, context: CaseContext): Tensor | undefined {
  if (globals === undefined) return undefined;
  const mask = Uint8Array.from({ length: rows }, (_, row) => Number(globals.includes(row)));
  return context.own(tensor(mask, { dtype: 'bool', device: context.device }));
}

function run([q, k, v, ...terms]: readonly Tensor[], options: Options, context: CaseContext): Tensor {
  const { isCausal, window, scale, dropout } = options;
  const bias = biasOption(terms, options, context);
  const globals = globalKeys(options, k!.shape[0]!, context);
  return attention(q!, k!, v!, {
    q: context.segments(options.q),
    ...(options.kv === undefined ? {} : { kv: context.segments(options.kv) }),
    ...(isCausal === undefined ? {} : { isCausal }),
    ...(window === undefined ? {} : { window }),
    ...(scale === undefined ? {} : { scale }),
    ...(bias === undefined ? {} : { bias }),
    ...(globals === undefined ? {} : { globalKeys: globals }),
    ...(dropout === undefined ? {} : { dropout, generator: context.generator(SEED) }),
  });
}

function attentionCase(options: Options): OpCase {
  const { heads, kvHeads = heads, size, spare = 0, relative } = options;
  const [tq, tkv] = [options.q, options.kv ?? options.q].map((lengths) => lengths.reduce((a, b) => a + b, spare));
  const name = Object.entries(options).map(
    ([key, value]) => `${key} ${Array.isArray(value) ? value.join('+') : JSON.stringify(value)}`,
  );
  return opCase<Options>({
    name: `attention ${name.join(' ')}`,
    inputs: [
      { shape: [tq!, heads, size] },
      { shape: [tkv!, kvHeads, size] },
      { shape: [tkv!, kvHeads, size] },
      ...(options.bias === undefined ? [] : [{ shape: options.bias }]),
      ...[relative?.row, relative?.col].flatMap((tokens) =>
        tokens === undefined ? [] : [{ shape: [tokens, heads, relative!.buckets] }],
      ),
    ],
    options,
    run,
    reference,
    // A bucket's gradient sums those of scores, each off by as much as rounding the output moves it (its row's delta);
    // the naive computation may round by luck.
    ...(relative !== undefined && { slack: 2 }),
  });
}

export const cases = [
  attentionCase({ q: [3, 5], heads: 2, size: 4 }),
  attentionCase({ q: [1], heads: 1, size: 1 }),
  attentionCase({ q: [17, 0, 2], heads: 3, size: 33 }),
  attentionCase({ q: [7, 4], heads: 2, size: 8, isCausal: true, spare: 3 }),
  attentionCase({ q: [2, 6], kv: [5, 3], heads: 2, size: 8 }),
  attentionCase({ q: [2, 6], kv: [5, 3], heads: 2, size: 8, isCausal: true }),
  attentionCase({ q: [5, 3], heads: 4, kvHeads: 2, size: 8, isCausal: true }),
  attentionCase({ q: [9], heads: 2, size: 16, window: 2, scale: 0.5 }),
  attentionCase({ q: [3, 4], heads: 2, size: 8, bias: [2, 2, 4, 4] }),
  attentionCase({ q: [3, 4], heads: 2, size: 8, bias: [1, 2, 4, 4], isCausal: true }),
  attentionCase({ q: [4, 6], heads: 2, size: 8, bias: [2, 1, 1, 6] }),
  attentionCase({ q: [5, 2], heads: 2, size: 8, dropout: 0.25 }),
  attentionCase({ q: [5, 3], heads: 2, size: 8, relative: { row: 1, buckets: 6, reach: 4 } }),
  attentionCase({ q: [5, 3], heads: 2, size: 8, isCausal: true, relative: { row: 8, buckets: 5, reach: 3 } }),
  attentionCase({ q: [3, 6], kv: [5, 3], heads: 2, size: 8, relative: { row: 9, col: 8, buckets: 9, reach: 4 } }),
  attentionCase({ q: [37, 20], heads: 1, size: 8, relative: { row: 57, col: 57, buckets: 11, reach: 30 } }),
  attentionCase({
    q: [3],
    heads: 4,
    kvHeads: 2,
    size: 4,
    spare: 2,
    relative: { row: 5, col: 1, buckets: 2, reach: 3 },
  }),
  attentionCase({ q: [4], heads: 2, size: 8, dropout: 0.25, relative: { row: 1, col: 4, buckets: 4, reach: 3 } }),
  attentionCase({ q: [9, 4], heads: 2, size: 8, window: 1, globals: [0, 7, 9] }),
  attentionCase({ q: [9], heads: 2, size: 8, window: 2, isCausal: true, globals: [1, 6] }),
  attentionCase({ q: [4, 5], kv: [7, 3], heads: 4, kvHeads: 2, size: 8, window: 1, globals: [6, 7], dropout: 0.25 }),
  attentionCase({ q: [6], heads: 2, size: 8, window: 1, globals: [4], bias: [1, 2, 6, 6] }),
  attentionCase({
    q: [7],
    heads: 1,
    size: 8,
    window: 1,
    globals: [0],
    relative: { row: 7, col: 7, buckets: 5, reach: 3 },
  }),
  attentionCase({ q: [70, 65], heads: 1, size: 64 }),
  { ...attentionCase({ q: Array.from({ length: 8 }, () => 128), heads: 12, size: 64 }), bench: true },
];

export const errors: ErrorCase[] = [
  {
    name: 'attention with fewer rows than tokens',
    run: (device) => {
      const x = zeros([3, 2, 4], { device });
      return attention(x, x, x, { q: Segments.fromLengths([4], device) });
    },
    error: 'ShapeError',
    message: /^attention: q must have a row per token, got 3 for 4/,
  },
  {
    name: 'attention without options',
    run: (device) => {
      const x = zeros([3, 2, 4], { device });
      return attention(x, x, x, undefined as never);
    },
    error: 'ConfigError',
    message: /^attention: options.q must be Segments, got undefined/,
  },
  {
    name: 'attention of one tensor',
    run: (device) =>
      attention(zeros([3, 2, 4], { device }), undefined as never, undefined as never, {
        q: Segments.fromLengths([3], device),
      }),
    error: 'DataError',
    message: /^attention: k must be a tensor, got undefined/,
  },
  {
    name: 'attention with key heads that do not divide the heads',
    run: (device) => {
      const k = zeros([2, 2, 4], { device });
      return attention(zeros([2, 3, 4], { device }), k, k, { q: Segments.fromLengths([2], device) });
    },
    error: 'ShapeError',
    message: /^attention: key\/value heads must divide the heads/,
  },
  {
    name: 'attention with a bias that does not broadcast',
    run: (device) => {
      const x = zeros([2, 2, 4], { device });
      return attention(x, x, x, { q: Segments.fromLengths([2], device), bias: ones([1, 1, 2, 3], { device }) });
    },
    error: 'ShapeError',
    message: /^attention: .*\(1, 1, 2, 3\)/,
  },
  {
    name: 'attention with a bias that is neither a tensor nor terms',
    run: (device) => {
      const x = zeros([2, 2, 4], { device });
      return attention(x, x, x, { q: Segments.fromLengths([2], device), bias: { row: x } as never });
    },
    error: 'DataError',
    message: /^attention: bias.bucketOf must be a tensor, got undefined/,
  },
  ...[
    {
      row: [3, 2, 5],
      message: /^attention: row must be \(tokens or 1, heads, buckets\) for \(2, 2, 5\), got \(3, 2, 5\)/,
    },
    { row: [2, 1, 5], message: /^attention: row must be .* got \(2, 1, 5\)/ },
    { row: [2, 2, 5], col: [2, 2, 4], message: /^attention: row and col must share the buckets/ },
    { row: [2, 2, 5], reach: 1.5, message: /^attention: bucketOf must hold the distances .* got shape \(4\)/ },
  ].map(({ row, col, reach = 1, message }) => ({
    name: `attention with row ${row.join('x')} col ${col?.join('x')} reach ${reach}`,
    run: (device: string) => {
      const x = zeros([2, 2, 4], { device });
      const bucketOf = tensor(new Int32Array(2 * reach + 1), { device });
      const bias = { row: zeros(row, { device }), ...(col && { col: zeros(col, { device }) }), bucketOf };
      return attention(x, x, x, { q: Segments.fromLengths([2], device), bias });
    },
    error: 'ShapeError',
    message,
  })),
  {
    name: 'attention with a bucket out of range',
    run: (device) => {
      const x = zeros([2, 2, 4], { device });
      const bucketOf = tensor(new Int32Array([0, 5, 1]), { device });
      const bias = { row: zeros([2, 2, 5], { device }), bucketOf: slice(bucketOf, 0, 0, 3) };
      return attention(x, x, x, { q: Segments.fromLengths([2], device), bias });
    },
    error: 'DataError',
    message: /^attention: indices must lie in \[0, 5\), got 5 at position 1/,
  },
  {
    name: 'attention with segments past the rows, known to the device',
    run: (device) => {
      const x = zeros([3, 2, 4], { device });
      const q = Segments.fromLengths([2, 1], device);
      q.cuSeqlens.write(new Int32Array([0, 2, 9]));
      return attention(x, x, x, { q });
    },
    error: 'DataError',
    message: /^attention: \w+ must not exceed 3 tokens, got 9 at position 2/,
  },
  {
    name: 'attention with global keys and no window',
    run: (device) => {
      const x = zeros([2, 2, 4], { device });
      const globalKeys = zeros([2], { dtype: 'bool', device });
      return attention(x, x, x, { q: Segments.fromLengths([2], device), globalKeys });
    },
    error: 'ConfigError',
    message: /^attention: globalKeys must come with a window/,
  },
  {
    name: 'attention with global keys of another length',
    run: (device) => {
      const x = zeros([2, 2, 4], { device });
      const globalKeys = zeros([3], { dtype: 'bool', device });
      return attention(x, x, x, { q: Segments.fromLengths([2], device), window: 1, globalKeys });
    },
    error: 'ShapeError',
    message: /^attention: globalKeys must be \(2\), got \(3\)/,
  },
];
