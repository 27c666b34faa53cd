// Concurrent callers with one text each beside one call with all the texts, on a pipeline of text classification:
//   node dist/bench/service/main.js [--model DIR] [--callers 64] [--rounds 4] [--max-length 128] [--threads 2] [--runs 9]
//   [--json FILE]. The last line is the result.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { quantile } from 'simple-statistics';
import {
  AutoModelForSequenceClassification,
  AutoTokenizer,
  BertConfig,
  configure,
  Dataset,
  pipeline,
  type PreTrainedTokenizer,
  type SequenceClassifier,
  type TextClassificationPipeline,
  trainWordPiece,
} from 'gridstride';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { interleave, summarize } from '../../lib/util/statistics.js';
import { sharedFolder } from '../models/bert_base.js';
import { report } from '../report.js';
import { serve } from './callers.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: sharedFolder('models/all-minilm-l6-v2') },
    callers: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '4' },
    'max-length': { type: 'string', default: '128' },
    threads: { type: 'string', default: '2' },
    runs: { type: 'string', default: '9' },
    json: { type: 'string' },
  },
});

/** Sentences of SST-2 where they are, else some of many lengths. */
async function textsOf(count: number): Promise<string[]> {
  const folder = sharedFolder('data');
  if (folder === undefined)
    return Array.from({ length: count }, (_, i) => `review ${i}: ${'a film of some length, '.repeat(1 + (i % 7))}`);
  const options = { delimiter: '\t', quote: null } as const;
  const table = await Dataset.fromCsv(path.join(folder, 'sst2/train.tsv'), options);
  return table.slice(0, count).column('sentence');
}

/** A real encoder with a new head where there is one, else a small model with a vocabulary of the texts. */
async function load(
  texts: readonly string[],
): Promise<{ name: string; model: SequenceClassifier; tokenizer: PreTrainedTokenizer }> {
  if (values.model !== undefined) {
    const tokenizer = await AutoTokenizer.fromPretrained(values.model);
    const model = await AutoModelForSequenceClassification.fromPretrained(values.model, {
      device: 'cpu',
      numLabels: 2,
    });
    return { name: path.basename(values.model), model, tokenizer };
  }
  const tokenizer = await trainWordPiece(texts, { vocabSize: 2000, minFrequency: 1 });
  const sizes = { hiddenSize: 128, numHiddenLayers: 4, numAttentionHeads: 4, intermediateSize: 512 };
  const config = new BertConfig({ ...sizes, vocabSize: tokenizer.totalVocabSize });
  return {
    name: 'BERT 4 x 128',
    model: AutoModelForSequenceClassification.fromConfig(config, { device: 'cpu' }),
    tokenizer,
  };
}

/** Latencies and delays of the callers' runs, in rows of their own. */
class Served {
  readonly latencies: number[] = [];
  readonly delays: number[] = [];

  async run(classify: TextClassificationPipeline, texts: readonly string[], callers: number): Promise<void> {
    const { latencies, loopDelayMs } = await serve(classify, texts, callers);
    this.latencies.push(...latencies);
    this.delays.push(loopDelayMs);
  }
}

async function compare(
  classify: TextClassificationPipeline,
  texts: readonly string[],
  params: BenchRow['params'] & { callers: number },
): Promise<BenchRow[]> {
  const served = new Served();
  const options = { maxLength: Number(values['max-length']) };
  const { a, b, ratio, ratioIqr } = await interleave(
    () => served.run(classify, texts, params.callers),
    () => classify(texts, options),
    Number(values.runs),
    2,
  );
  const perSecond = (ms: number): string => ((texts.length * 1e3) / ms).toFixed(0);
  const [p50, p99] = [0.5, 0.99].map((p) => quantile(served.latencies, p));
  process.stderr.write(
    `${params.callers} callers, ${texts.length} texts: ${perSecond(a.medianMs)} texts/s, one array call ` +
      `${perSecond(b.medianMs)}: ratio ${(1 / ratio).toFixed(3)} (time ${ratio.toFixed(3)}, spread ${ratioIqr.toFixed(3)}); ` +
      `latency p50 ${p50!.toFixed(1)} ms, p99 ${p99!.toFixed(1)} ms; ` +
      `longest event-loop delay ${Math.max(...served.delays).toFixed(1)} ms\n`,
  );
  return [
    {
      name: 'concurrent callers',
      params: { ...params, p50: p50!, p99: p99! },
      ...a,
      rival: 'one array call',
      ratio,
      ratioIqr,
    },
    { name: 'one array call', params, ...b },
    { name: 'latency of a text', params, ...summarize(served.latencies) },
    { name: 'event-loop delay while serving', params, ...summarize(served.delays) },
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
