import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  AdamW,
  AutoModel,
  AutoModelForSequenceClassification,
  BertConfig,
  clipGradNorm,
  DistilBertConfig,
  memory,
  type ModelInputs,
  noGrad,
  PhiloxRandom,
  ready,
  sync,
} from '../../lib/index.js';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { packageRoot } from '../../lib/util/package_info.js';
import { type Contest, type GpuBench, rowOf, timeStretch } from './compare.js';

type Rows = AsyncGenerator<BenchRow>;

const TINY = { hiddenSize: 32, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 64, vocabSize: 64 };

/** BERT-base, or a tiny model where the bench itself is tried out. */
export function bertBaseConfig(isTiny: boolean): BertConfig {
  if (isTiny) return new BertConfig({ ...TINY, maxPositionEmbeddings: 64 });
  const file = path.join(packageRoot(), 'bench/peers/bert_base.json');
  return new BertConfig(JSON.parse(readFileSync(file, 'utf8')) as object, 'snake');
}

function distilBertConfig(isTiny: boolean): DistilBertConfig {
  return new DistilBertConfig(
    isTiny ? { vocabSize: 64, dim: 32, nLayers: 1, nHeads: 2, hiddenDim: 64, maxPositionEmbeddings: 64 } : {},
  );
}

/** Random ids in packed batches of `size` sequences. */
function packedBatches(lengths: readonly number[], size: number, vocabSize: number): ModelInputs[] {
  const random = new PhiloxRandom(0);
  const batches: ModelInputs[] = [];
  for (let first = 0; first < lengths.length; first += size) {
    const rows = lengths.slice(first, first + size);
    const tokens = rows.reduce((sum, n) => sum + n, 0);
    const inputIds = Int32Array.from({ length: tokens }, () => 1 + (random.nextUint32() % (vocabSize - 1)));
    batches.push({ inputIds, lengths: rows });
  }
  return batches;
}

/** Real tokens, and those of the same batches padded to their longest rows. */
function countTokens(lengths: readonly number[], size: number): { real: number; padded: number } {
  let [real, padded] = [0, 0];
  for (let first = 0; first < lengths.length; first += size) {
    const rows = lengths.slice(first, first + size);
    real += rows.reduce((sum, n) => sum + n, 0);
    padded += rows.length * Math.max(...rows);
  }
  return { real, padded };
}

/** Lists of lengths, the shorter texts first: the highest memory use is then the last list's. */
function* lists(bench: GpuBench, count: number): Generator<[name: string, lengths: readonly number[]]> {
  const total = ([, lengths]: [string, readonly number[]]) => lengths.reduce((sum, n) => sum + n, 0);
  for (const [name, lengths] of Object.entries(bench.lengths).sort((a, b) => total(a) - total(b)))
    yield [name, bench.isTiny ? lengths.slice(0, 8).map((n) => 2 + (n % 30)) : lengths.slice(0, count)];
}

function rowWithTokens(bench: GpuBench, contest: Contest, rounds: Parameters<typeof rowOf>[2], real: number): BenchRow {
  const row = rowOf(bench, contest, rounds);
  return { ...row, tokensPerSecond: (real * 1e3) / row.medianMs };
}

/** BERT-base forward in bf16 over batches of real lengths, packed, against transformers on padded ones. */
export async function* bertBench(bench: GpuBench): Rows {
  const { device } = bench;
  const config = bertBaseConfig(bench.isTiny);
  const batch = bench.isTiny ? 4 : 32;
  using model = AutoModel.fromConfig(config, { device, seed: 0, dtype: 'bf16' }).eval();
  for (const [texts, lengths] of lists(bench, 512)) {
    const batches = packedBatches(lengths, batch, config.vocabSize);
    const { real, padded } = countTokens(lengths, batch);
    const contest = {
      name: 'BERT-base inference',
      params: { texts, dtype: 'bf16', batch, sequences: lengths.length, real, padded, tokenRatio: real / padded },
      rival: { op: 'bert_inference', config: config.toJson(), lengths, batch, dtype: 'bf16' },
    };
    const rounds = await timeStretch(bench, contest, async () => {
      for (const inputs of batches) {
        await ready(device);
        using _ = noGrad(() => model.forward({ ...inputs, returns: ['lastHiddenState'] }));
      }
    });
    yield rowWithTokens(bench, contest, rounds, real);
  }
}

/** Fine-tuning steps of DistilBERT in f32 with dropout, packed, against the same loop in PyTorch: time and memory. */
export async function* trainingBench(bench: GpuBench): Rows {
  const { device } = bench;
  const config = distilBertConfig(bench.isTiny);
  const batch = bench.isTiny ? 4 : 16;
  for (const [texts, lengths] of lists(bench, 320)) {
    const before = memory(device).liveBytes;
    using model = AutoModelForSequenceClassification.fromConfig(config, { device, seed: 0 }).train();
    const optimizer = new AdamW([...model.parameters()], { lr: 2e-5, weightDecay: 0.01 });
    const batches = packedBatches(lengths, batch, config.vocabSize).map((inputs) => ({
      ...inputs,
      labels: Array.from(inputs.lengths!, (_, i) => i % 2),
    }));
    const { real, padded } = countTokens(lengths, batch);
    const contest = {
      name: 'DistilBERT fine-tuning',
      params: { texts, dtype: 'f32', batch, steps: batches.length, real, padded, tokenRatio: real / padded },
      rival: { op: 'distilbert_training', config: config.toJson(), lengths, batch },
    };
    const rounds = await timeStretch(bench, contest, async () => {
      for (const inputs of batches) {
        await ready(device);
        using outputs = model.forward(inputs);
        outputs.loss!.backward();
        clipGradNorm(optimizer.parameters(), 1).dispose();
        optimizer.step();
        optimizer.zeroGrad();
      }
    });
    const { peakMemoryBytes } = rounds.rivalTimes;
    if (peakMemoryBytes) Object.assign(contest.params, { rivalPeakMemoryBytes: peakMemoryBytes });
    yield { ...rowWithTokens(bench, contest, rounds, real), peakMemoryBytes: memory(device).peakBytes - before };
    optimizer.dispose();
    await sync(device);
  }
}
