// Memory of `gridstride eval` and `gridstride predict` while they go through large files, with a tiny model.
// node dist/bench/cli/constant_memory.js [--rows 100000] [--megabytes 1000] [--limit 100] [--json FILE]
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { AutoModelForSequenceClassification, BertConfig, trainWordPiece } from '../../lib/index.js';
import { addon } from '../../lib/native/addon.js';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { formatBytes } from '../../lib/util/process_memory.js';
import { summarize } from '../../lib/util/statistics.js';
import { report } from '../report.js';
import { watchVerb, type Watched } from './watch_verb.js';
import { writeLargeFile } from './large_file.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    megabytes: { type: 'string', default: '1000' },
    limit: { type: 'string', default: '100' },
    json: { type: 'string' },
  },
});

const TEXTS = ['the film was a joy to watch', 'a dull and dreary book', 'nobody knows what the film is about'];

/** A classifier that costs next to nothing: what is measured is all around it. */
async function saveModel(folder: string): Promise<void> {
  await mkdir(folder);
  const tokenizer = await trainWordPiece(TEXTS, { vocabSize: 200, minFrequency: 1, modelMaxLength: 32 });
  const sizes = { hiddenSize: 16, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 32 };
  const labels = { id2label: { 0: 'poor', 1: 'good' }, problemType: 'single_label_classification' } as const;
  const config = new BertConfig({
    vocabSize: tokenizer.totalVocabSize,
    maxPositionEmbeddings: 32,
    ...sizes,
    ...labels,
  });
  using model = AutoModelForSequenceClassification.fromConfig(config, { seed: 1, device: 'cpu' });
  await model.savePretrained(folder);
  await tokenizer.savePretrained(folder);
}

function tell(name: string, { quarters, seconds, lines }: Watched, idle: number): void {
  const peaks = quarters.map((bytes) => formatBytes(bytes)).join(', ');
  const less = formatBytes(Math.max(...quarters) - idle);
  process.stderr.write(
    `${name}: peak memory by quarters of the file ${peaks} (${less} more than for one row), ${lines} lines in ${seconds.toFixed(1)} s\n`,
  );
}

async function main(folder: string): Promise<boolean> {
  const model = path.join(folder, 'model');
  await saveModel(model);
  const one = path.join(folder, 'one.jsonl');
  await writeFile(one, `${JSON.stringify({ text: TEXTS[0], label: 'good' })}\n`);
  const short = path.join(folder, 'short.jsonl');
  const shortRows = await writeLargeFile(short, { texts: TEXTS, characters: 60, rows: Number(values.rows) });
  const long = path.join(folder, 'long.jsonl');
  const longRows = await writeLargeFile(long, {
    texts: TEXTS,
    characters: 2000,
    bytes: Number(values.megabytes) * 1e6,
  });
  const idle = (await watchVerb(['predict', '--model', model, '--input', one], one)).quarters.at(-1)!;
  const rows: BenchRow[] = [];
  let isWithin = true;
  const measure = async (verb: string, flag: string, file: string, count: number): Promise<void> => {
    const watched = await watchVerb([verb, '--model', model, flag, file, '--device', 'cpu'], file);
    tell(`${verb} ${count} rows`, watched, idle);
    const [first, ...later] = watched.quarters;
    isWithin &&= Math.max(...later) - first! <= Number(values.limit) * 1e6;
    const [peakMemoryBytes, growthBytes] = [Math.max(...watched.quarters), Math.max(...later) - first!];
    rows.push({
      name: verb,
      params: { rows: count, growthBytes },
      ...summarize([watched.seconds * 1e3]),
      peakMemoryBytes,
    });
  };
  await measure('eval', '--data', short, shortRows);
  await measure('predict', '--input', long, longRows);
  const { threads } = addon().engineInfo();
  await report({ bench: 'constant_memory', rows, threads, file: values.json });
  return isWithin;
}

const folder = await mkdtemp(path.join(tmpdir(), 'gridstride_memory_'));
try {
  if (!(await main(folder))) {
    process.stderr.write(`constant_memory: memory grew by more than ${values.limit} MB after the first quarter\n`);
    process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
