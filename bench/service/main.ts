// Concurrent callers with one text each beside one call with all the texts, on a pipeline of text classification:
//   node dist/bench/service/main.js [--model DIR] [--callers 64] [--rounds 4] [--threads 2] [--runs 9]
//   [--json FILE]. The last line is the result.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { quantileSorted } from 'simple-statistics';
import {
  AutoModelForSequenceClassification,
  AutoTokenizer,
  configure,
  Dataset,
  pipeline,
  type PreTrainedTokenizer,
  type SequenceClassifier,
  type TextClassificationPipeline,
} from 'gridstride';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { interleave, summarize } from '../../lib/util/statistics.js';
import { sharedFolder } from '../models/bert_base.js';
import { report } from '../report.js';
import { loopDelay, serve } from './callers.js';
import { madeTexts, smallClassifier } from './small_classifier.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: sharedFolder('models/all-minilm-l6-v2') },
    callers: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '4' },
    threads: { type: 'string', default: '2' },
    runs: { type: 'string', default: '9' },
    json: { type: 'string' },
  },
});

/** Sentences of SST-2 where they are, else some of many lengths. */
async function textsOf(count: number): Promise<string[]> {
  const folder = sharedFolder('data');
  if (folder === undefined) return madeTexts(count);
  const options = { delimiter: '\t', quote: null } as const;
  const table = await Dataset.fromCsv(path.join(folder, 'sst2/train.tsv'), options);
  return table.slice(0, count).column('sentence');
}

/** A real encoder with a new head where there is one, else a small model. */
async function load(
  texts: readonly string[],
): Promise<{ name: string; model: SequenceClassifier; tokenizer: PreTrainedTokenizer }> {
  if (values.model === undefined) return { name: 'BERT 4 x 128', ...(await smallClassifier(texts)) };
  const tokenizer = await AutoTokenizer.fromPretrained(values.model);
  const model = await AutoModelForSequenceClassification.fromPretrained(values.model, { device: 'cpu', numLabels: 2 });
  return { name: path.basename(values.model), model, tokenizer };
}

/** One value a percentile: a result file is to be read, and there are thousands of texts. */
function percentiles(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return Array.from({ length: 101 }, (_, p) => quantileSorted(sorted, p / 100));
}

async function compare(
  classify: TextClassificationPipeline,
  texts: readonly string[],
  params: BenchRow['params'] & { callers: number },
): Promise<BenchRow[]> {
  const latencies: number[] = [];
  const delays: number[] = [];
  // Both sides watch the loop: the timer that does it wakes the process up, which on a busy machine makes it faster.
  const { a, b, ratio, ratioIqr } = await interleave(
    async () =>
      delays.push(await loopDelay(async () => latencies.push(...(await serve(classify, texts, params.callers))))),
    () => loopDelay(() => classify(texts)),
    Number(values.runs),
    2,
  );
  const perSecond = (ms: number): string => ((texts.length * 1e3) / ms).toFixed(0);
  const [p50, p99] = [percentiles(latencies)[50]!, percentiles(latencies)[99]!];
  process.stderr.write(
    `${params.callers} callers, ${texts.length} texts: ${perSecond(a.medianMs)} texts/s, one array call ` +
      `${perSecond(b.medianMs)}: ratio ${(1 / ratio).toFixed(3)} (time ${ratio.toFixed(3)}, spread ${ratioIqr.toFixed(3)}); ` +
      `latency p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms; ` +
      `longest event-loop delay ${Math.max(...delays).toFixed(1)} ms\n`,
  );
  return [
    {
      name: 'concurrent callers',
      params: { ...params, p50, p99 },
      ...a,
      rival: 'one array call',
      ratio,
      ratioIqr,
    },
    { name: 'one array call', params, ...b },
    { name: 'latency of a text, percentiles 0 to 100', params, ...summarize(percentiles(latencies)) },
    { name: 'event-loop delay while serving', params, ...summarize(delays) },
  ];
}

async function main(): Promise<void> {
  const [threads, callers] = [Number(values.threads), Number(values.callers)];
  configure({ threads });
  const texts = await textsOf(callers * Number(values.rounds));
  const { name, model, tokenizer } = await load(texts);
  const classify = await pipeline('text-classification', model, { tokenizer });
  const rows: BenchRow[] = [];
  // Everybody once, then again and again: as soon as a caller has its answer, the next text.
  for (const count of [callers, texts.length])
    rows.push(...(await compare(classify, texts.slice(0, count), { model: name, callers, texts: count })));
  const stats = classify.stats();
  process.stderr.write(
    `${stats.batches} batches of ${stats.meanBatchTokens.toFixed(0)} tokens on average, utilization ` +
      `${stats.utilization.toFixed(2)}, ${stats.tokensPerSecond.toFixed(0)} tokens/s\n`,
  );
  await report({ bench: 'service', rows, threads, file: values.json });
}

await main();
