import {
  AdamW,
  attention,
  type DType,
  grad,
  layerNorm,
  matmul,
  noGrad,
  randn,
  Segments,
  type Tensor,
  transpose,
} from '../../lib/index.js';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { bertBaseConfig } from './models.js';
import { type Contest, type GpuBench, rowOf, timeOp } from './compare.js';

type Rows = AsyncGenerator<BenchRow>;

function draw(bench: GpuBench, dtype: DType, shapes: readonly (readonly number[])[]): Tensor[] {
  return shapes.map((shape) => randn([...shape], { dtype, device: bench.device }));
}

function free(tensors: readonly Tensor[]): void {
  for (const tensor of tensors) tensor.dispose();
}

/** Attention's sizes: 16,384 tokens of 2,048 features in heads of `size`. */
interface AttentionSizes {
  readonly batch: number;
  readonly heads: number;
  readonly seq: number;
  readonly size: number;
  readonly causal: boolean;
}

/** Rows of one shape: forward, forward and backward together, and backward as their difference. */
async function* attentionRows(bench: GpuBench, sizes: AttentionSizes): Rows {
  const { batch, heads, seq, size, causal } = sizes;
  const shape = [batch * seq, heads, size];
  const [q, k, v, dy] = draw(bench, 'bf16', [shape, shape, shape, shape]) as [Tensor, Tensor, Tensor, Tensor];
  for (const x of [q, k, v]) x.withGrad();
  const segments = Segments.fromLengths(new Array<number>(batch).fill(seq), bench.device);
  const run = () => attention(q, k, v, { q: segments, isCausal: causal });
  const once = 4 * batch * heads * seq * seq * size * (causal ? 0.5 : 1);
  const contest = (pass: string, flops: number, training: boolean): Contest => ({
    name: 'attention',
    params: { pass, dtype: 'bf16', ...sizes },
    rival: { op: 'attention', ...sizes, training, dtype: 'bf16' },
    flops,
  });
  const forward = contest('forward', once, false);
  const forwardTimes = await timeOp(bench, forward, () => noGrad(run).dispose());
  yield rowOf(bench, forward, forwardTimes);
  const training = contest('training', 3.5 * once, true);
  const times = await timeOp(bench, training, () => free(grad([run()], [q, k, v], { outputGrads: [dy] }) as Tensor[]));
  yield rowOf(bench, training, times);
  const less = (both: readonly number[], first: readonly number[]) =>
    both.map((ms, i) => Math.max(ms - (first[i] ?? NaN), 0));
  const backward = { ours: less(times.ours, forwardTimes.ours), theirs: less(times.theirs, forwardTimes.theirs) };
  yield rowOf(bench, contest('backward', 2.5 * once, true), { ...backward, rivalTimes: times.rivalTimes });
  segments.dispose();
  free([q, k, v, dy]);
}

/** Attention in bf16 against scaled_dot_product_attention. */
export async function* attentionBench(bench: GpuBench): Rows {
  const tokens = bench.isTiny ? 32 : 16_384;
  for (const size of bench.isTiny ? [16] : [64, 128])
    for (const seq of bench.isTiny ? [16] : [512, 1024, 2048, 4096, 8192])
      for (const causal of [false, true])
        yield* attentionRows(bench, {
          batch: tokens / seq,
          heads: (bench.isTiny ? 32 : 2048) / size,
          seq,
          size,
          causal,
        });
}

/** Layer norm forward and backward: working sets far larger than the caches, and BERT's. */
export async function* normBench(bench: GpuBench): Rows {
  const shapes = bench.isTiny
    ? [[4, 64]]
    : [
        [131_072, 1024],
        [65_536, 2048],
        [1024, 768],
        [4096, 768],
        [16_384, 768],
      ];
  for (const [rows, channels] of shapes as [number, number][])
    for (const dtype of ['bf16', 'f32'] as const) {
      const [x, gamma, beta, dy] = draw(bench, dtype, [[rows, channels], [channels], [channels], [rows, channels]]) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      for (const each of [x, gamma, beta]) each.withGrad();
      // x and dy are read, y and dx written, and x once more backward.
      const bytes = 5 * rows * channels * (dtype === 'f32' ? 4 : 2);
      const sizes = { rows, channels, dtype };
      const contest = {
        name: 'layer norm',
        params: { pass: 'training', ...sizes },
        rival: { op: 'layer_norm', ...sizes },
        bytes,
      };
      const body = () => free(grad([layerNorm(x, gamma, beta)], [x, gamma, beta], { outputGrads: [dy] }) as Tensor[]);
      yield rowOf(bench, contest, await timeOp(bench, contest, body));
      free([x, gamma, beta, dy]);
    }
}

/** One AdamW step over BERT-base's parameters in f32. */
export async function* adamwBench(bench: GpuBench): Rows {
  const {
    vocabSize,
    hiddenSize: c,
    intermediateSize: f,
    numHiddenLayers,
    maxPositionEmbeddings,
  } = bertBaseConfig(bench.isTiny);
  const layer = [c * c, c, c * c, c, c * c, c, c * c, c, c, c, c * f, f, f * c, c, c, c];
  const layers = Array.from({ length: numHiddenLayers }, () => layer).flat();
  const sizes = [vocabSize * c, maxPositionEmbeddings * c, 2 * c, c, c, ...layers];
  const weights = sizes.map((n) => randn([n], { device: bench.device }).withGrad());
  const gradients = sizes.map((n) => randn([n], { device: bench.device }));
  weights.forEach((weight, i) => (weight.grad = gradients[i]));
  const optimizer = new AdamW(weights, { lr: 1e-4, weightDecay: 0.01 });
  const count = sizes.reduce((sum, n) => sum + n, 0);
  const contest = {
    name: 'AdamW',
    params: { dtype: 'f32', tensors: sizes.length, elements: count },
    rival: { op: 'adamw', sizes },
    bytes: 7 * 4 * count,
  };
  yield rowOf(bench, contest, await timeOp(bench, contest, () => optimizer.step()));
  optimizer.dispose();
  free([...weights, ...gradients]);
}

/** Matrix products of BERT-base's and BERT-large's layers, a weight (N, K) transposed, against cuBLAS. */
export async function* gemmBench(bench: GpuBench): Rows {
  const layers = bench.isTiny
    ? [[24, 16]]
    : [
        [2304, 768],
        [768, 768],
        [3072, 768],
        [768, 3072],
        [4096, 1024],
        [1024, 4096],
      ];
  for (const m of bench.isTiny ? [32] : [1024, 4096, 16_384])
    for (const [n, k] of layers as [number, number][]) {
      const [x, weight] = draw(bench, 'bf16', [
        [m, k],
        [n, k],
      ]) as [Tensor, Tensor];
      const sizes = { m, n, k, dtype: 'bf16' };
      const contest = { name: 'matmul', params: sizes, rival: { op: 'matmul', ...sizes }, flops: 2 * m * n * k };
      const body = () => noGrad(() => matmul(x, transpose(weight, 0, 1)).dispose());
      yield rowOf(bench, contest, await timeOp(bench, contest, body));
      free([x, weight]);
    }
}
