import { attention, ones, philox4x32, Segments, type Tensor, zeros } from '../../../lib/index.js';
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
  dropout?: number;
  /** Rows past the last sequence. */
  spare?: number;
}

const SEED = 3;

function isVisible(i: number, j: number, sq: number, skv: number, { isCausal, window }: Options): boolean {
  const position = i + skv - sq;
  return (isCausal !== true || j <= position) && (window === undefined || Math.abs(j - position) <= window);
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
  const [q, k, v, bias] = inputs as [Numbers, Numbers, Numbers, Numbers | undefined];
  const { heads, kvHeads = heads, size, scale = 1 / Math.sqrt(size), kv = options.q } = options;
  const data = new Float64Array(q.data.length);
  const biasAt = (b: number, h: number, i: number, j: number) =>
    bias === undefined
      ? 0
      : bias.data[bias.shape.reduce((at, n, axis) => at * n + (n === 1 ? 0 : [b, h, i, j][axis]!), 0)]!;
  let [q0, k0] = [0, 0];
  options.q.forEach((sq, b) => {
    const skv = kv[b]!;
    for (let h = 0; h < heads; h++) {
      const group = Math.floor(h / (heads / kvHeads));
      const key = (j: number, d: number) => ((k0 + j) * kvHeads + group) * size + d;
      for (let i = 0; i < sq; i++) {
        const query = ((q0 + i) * heads + h) * size;
        const scores = Array.from({ length: skv }, (_, j) => {
          if (!isVisible(i, j, sq, skv, options)) return -Infinity;
          let dot = 0;
          for (let d = 0; d < size; d++) dot += q.data[query + d]! * k.data[key(j, d)]!;
          return scale * dot + biasAt(b, h, i, j);
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

function run([q, k, v, bias]: readonly Tensor[], options: Options, context: CaseContext): Tensor {
  const { isCausal, window, scale, dropout } = options;
  return attention(q!, k!, v!, {
    q: context.segments(options.q),
    ...(options.kv === undefined ? {} : { kv: context.segments(options.kv) }),
    ...(isCausal === undefined ? {} : { isCausal }),
    ...(window === undefined ? {} : { window }),
    ...(scale === undefined ? {} : { scale }),
    ...(bias === undefined ? {} : { bias }),
    ...(dropout === undefined ? {} : { dropout, generator: context.generator(SEED) }),
  });
}

function attentionCase(options: Options): OpCase {
  const { heads, kvHeads = heads, size, spare = 0 } = options;
  const [tq, tkv] = [options.q, options.kv ?? options.q].map((lengths) => lengths.reduce((a, b) => a + b, spare));
  const name = Object.entries(options).map(
    ([key, value]) => `${key} ${Array.isArray(value) ? value.join('+') : value}`,
  );
  return opCase<Options>({
    name: `attention ${name.join(' ')}`,
    inputs: [
      { shape: [tq!, heads, size] },
      { shape: [tkv!, kvHeads, size] },
      { shape: [tkv!, kvHeads, size] },
      ...(options.bias === undefined ? [] : [{ shape: options.bias }]),
    ],
    options,
    run,
    reference,
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
];
