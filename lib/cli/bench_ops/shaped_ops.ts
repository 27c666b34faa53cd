import {
  add,
  attention,
  crossEntropy,
  dropout,
  embedding,
  gelu,
  layerNorm,
  linear,
  matmul,
  rmsNorm,
  segmentPool,
  softmax,
  sum,
} from '../../ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { CaseContext, CaseInput } from './cases.js';

/** Sizes of an op by the field's letters, as `--shape` gives them. @internal */
export type Sizes = Readonly<Record<string, number>>;

/** An op that takes shapes from the command line. @internal */
export interface ShapedOp {
  /** Letters that must be given. */
  letters: readonly string[];
  /** Letters with what they are when absent. */
  optional?: Readonly<Record<string, (sizes: Sizes) => number>>;
  inputs(sizes: Sizes): CaseInput[];
  run(tensors: readonly Tensor[], sizes: Sizes, context: CaseContext): Tensor;
}

/** An op on one tensor. */
function unary(letters: readonly string[], run: (x: Tensor, context: CaseContext) => Tensor): ShapedOp {
  return {
    letters,
    inputs: (sizes) => [{ shape: letters.map((letter) => sizes[letter]!) }],
    run: ([x], _, context) => run(x!, context),
  };
}

/** A norm of (t, c), with its parameters. */
function norm(parameters: number, run: (tensors: readonly Tensor[]) => Tensor): ShapedOp {
  return {
    letters: ['t', 'c'],
    inputs: ({ t, c }) => [{ shape: [t!, c!] }, ...Array.from({ length: parameters }, () => ({ shape: [c!] }))],
    run,
  };
}

const below = (limit: number) => (_: number, random: () => number) => Math.floor(random() * limit);

/** Ids (t) below v. */
const ids = ({ t, v }: Sizes): CaseInput => ({ shape: [t!], dtype: 'i32', values: below(v!) });

const attentionOp: ShapedOp = {
  letters: ['b', 'h', 's', 'd'],
  optional: { hkv: ({ h }) => h!, causal: () => 0 },
  inputs: ({ b, h, s, d, hkv }) => [h!, hkv!, hkv!].map((heads) => ({ shape: [b! * s!, heads, d!] })),
  run: ([q, k, v], { b, s, causal }, context) =>
    attention(q!, k!, v!, { q: context.segments(new Array<number>(b!).fill(s!)), isCausal: causal !== 0 }),
};

const linearOp: ShapedOp = {
  letters: ['m', 'n', 'k'],
  inputs: ({ m, n, k }) => [{ shape: [m!, k!] }, { shape: [n!, k!] }, { shape: [n!] }],
  run: ([x, weight, bias]) => linear(x!, weight!, bias!),
};

const matmulOp: ShapedOp = {
  letters: ['m', 'n', 'k'],
  optional: { b: () => 1 },
  inputs: ({ b, m, n, k }) => [{ shape: [b!, m!, k!] }, { shape: [b!, k!, n!] }],
  run: ([x, y]) => matmul(x!, y!),
};

const poolOp: ShapedOp = {
  letters: ['b', 's', 'c'],
  inputs: ({ b, s, c }) => [{ shape: [b! * s!, c!] }],
  run: ([x], { b, s }, context) => segmentPool(x!, context.segments(new Array<number>(b!).fill(s!)), 'mean'),
};

/** Ops by the name that `--op` takes. @internal */
export const SHAPED_OPS: Readonly<Record<string, ShapedOp>> = {
  add: {
    letters: ['n'],
    inputs: ({ n }) => [{ shape: [n!] }, { shape: [n!] }],
    run: ([x, y]) => add(x!, y!),
  },
  attention: attentionOp,
  cross_entropy: {
    letters: ['t', 'v'],
    inputs: (sizes) => [{ shape: [sizes['t']!, sizes['v']!] }, ids(sizes)],
    run: ([logits, labels]) => crossEntropy(logits!, labels!),
  },
  dropout: unary(['n'], (x, context) => dropout(x, 0.1, { generator: context.generator(1) })),
  embedding: {
    letters: ['t', 'v', 'c'],
    inputs: (sizes) => [{ shape: [sizes['v']!, sizes['c']!] }, ids(sizes)],
    run: ([table, rows]) => embedding(table!, rows!),
  },
  gelu: unary(['n'], (x) => gelu(x)),
  layer_norm: norm(2, ([x, gamma, beta]) => layerNorm(x!, gamma!, beta!)),
  linear: linearOp,
  matmul: matmulOp,
  rms_norm: norm(1, ([x, gamma]) => rmsNorm(x!, gamma!)),
  segment_pool: poolOp,
  softmax: unary(['t', 'v'], (x) => softmax(x)),
  sum: unary(['t', 'c'], (x) => sum(x, { axes: [1] })),
};
