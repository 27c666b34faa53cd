// Packed batches beside padded ones on real texts: node dist/bench/models/packing.js [--model DIR] [--batch 32]
//   [--batches 8] [--max-length 256] [--threads 2] [--runs 15] [--json FILE]. The last line is the result.
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  AutoModel,
  AutoTokenizer,
  type BaseModel,
  configure,
  Dataset,
  type ModelInputs,
  noGrad,
  ready,
} from 'gridstride';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { interleave } from '../../lib/util/statistics.js';
import { report } from '../report.js';
import { sharedFolder } from './bert_base.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: sharedFolder('models/all-minilm-l6-v2') ?? '' },
    batch: { type: 'string', default: '32' },
    batches: { type: 'string', default: '8' },
    'max-length': { type: 'string', default: '256' },
    threads: { type: 'string', default: '2' },
    runs: { type: 'string', default: '15' },
    json: { type: 'string' },
  },
});

const TEXTS = [
  { name: 'sst2 sentences', file: 'sst2/train.tsv', column: 'sentence', options: { delimiter: '\t', quote: null } },
  { name: 'airline tweets', file: 'airline_tweets/Tweets.csv', column: 'text', options: {} },
  { name: 'bbc articles', file: 'bbc_text_cls/bbc_text_cls.csv', column: 'text', options: {} },
] as const;

/** Rows of ids, in the order of the file. */
type Rows = readonly number[][];

const lengthsOf = (rows: Rows): number[] => rows.map((row) => row.length);
const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0);

/** Sequences end to end: (T). */
function packed(rows: Rows): ModelInputs {
  return { inputIds: Int32Array.from(rows.flat()), lengths: lengthsOf(rows) };
}

/** Every row filled with real tokens, its own again, to the longest: (B, S), what a padded batch costs. */
function filled(rows: Rows): ModelInputs {
  const width = Math.max(...lengthsOf(rows));
  const data = rows.flatMap((row) => Array.from({ length: width }, (_, i) => row[i % row.length]!));
  return { inputIds: { data: Int32Array.from(data), shape: [rows.length, width] } };
}

/** Queues batches as fast as the device takes them, as a pipeline does it. */
async function runAll(model: BaseModel, batches: readonly ModelInputs[]): Promise<void> {
  const reads: Promise<unknown>[] = [];
  for (const batch of batches) {
    await ready(model.device);
    using outputs = noGrad(() => model.forward({ ...batch, returns: ['lastHiddenState'] }));
    reads.push(outputs.lastHiddenState.data());
  }
  await Promise.all(reads);
}

async function compare(model: BaseModel, name: string, batches: readonly Rows[]): Promise<BenchRow> {
  const real = total(batches.map((rows) => total(lengthsOf(rows))));
  const padded = total(batches.map((rows) => rows.length * Math.max(...lengthsOf(rows))));
  const tokenRatio = real / padded;
  const [packedBatches, filledBatches] = [batches.map(packed), batches.map(filled)];
  const { a, b, ratio, ratioIqr } = await interleave(
    () => runAll(model, packedBatches),
    () => runAll(model, filledBatches),
    Number(values.runs),
  );
  console.log(
    `${name}: ${real} real of ${padded} padded tokens (${tokenRatio.toFixed(3)}); packed ${a.medianMs.toFixed(0)} ms, ` +
      `padded ${b.medianMs.toFixed(0)} ms: ${(ratio / tokenRatio).toFixed(3)} of the padded time's share ` +
      `(spread ${(ratioIqr / tokenRatio).toFixed(3)})`,
  );
  const params = { texts: name, batch: batches[0]!.length, batches: batches.length, real, padded, tokenRatio };
  return {
    name: 'packed forward over the share of padded time',
    params: { ...params, maxLength: Number(values['max-length']) },
    ...a,
    rival: 'padded, times real over padded tokens',
    ratio: ratio / tokenRatio,
    ratioIqr: ratioIqr / tokenRatio,
    tokensPerSecond: (real * 1e3) / a.medianMs,
  };
}

async function main(): Promise<void> {
  const data = sharedFolder('data');
  if (data === undefined || values.model === '') {
    console.log('skipped: needs ../shared/data, and ../shared/models or --model');
    return;
  }
  const threads = Number(values.threads);
  configure({ threads });
  const tokenizer = await AutoTokenizer.fromPretrained(values.model);
  using model = await AutoModel.fromPretrained(values.model, { device: 'cpu' });
  const [size, count] = [Number(values.batch), Number(values.batches)];
  const rows: BenchRow[] = [];
  for (const { name, file, column, options } of TEXTS) {
    const table = await Dataset.fromCsv(path.join(data, file), options);
    const texts = table.slice(0, size * count).column(column);
    const { inputIds } = await tokenizer(texts, { truncation: true, maxLength: Number(values['max-length']) });
    const batches = Array.from({ length: count }, (_, i) => inputIds.slice(i * size, (i + 1) * size));
    rows.push(await compare(model, name, batches));
  }
  await report({ bench: 'packing', rows, threads, file: values.json });
}

await main();
