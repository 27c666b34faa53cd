// Fine-tuning on real data beside PyTorch + transformers from the same encoder: the same start, order and no dropout
// (losses and predictions side by side), then dropout with several seeds (mean scores side by side).
// node dist/bench/fine_tuning/main.js --model DIR --data DIR [--tasks sst2,airline_tweets,go_emotions] [--seeds 3]
//   [--rows N (of the training and test rows, to try it out)] [--threads 2] [--python python3] [--json FILE]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { accuracyScore, AutoTokenizer, configure, f1Score, permutation, PhiloxRandom } from 'gridstride';
import { mean } from 'simple-statistics';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { summarize } from '../../lib/util/statistics.js';
import { report } from '../report.js';
import type { Job, Outcome } from './job.js';
import { runOurs, startModel } from './ours.js';
import { type RivalOutcome, runRival } from './rival.js';
import { type Task, TASKS } from './tasks.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    tasks: { type: 'string', default: Object.keys(TASKS).join(',') },
    seeds: { type: 'string', default: '3' },
    rows: { type: 'string' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string', default: 'python3' },
    json: { type: 'string' },
  },
});
if (values.model === undefined || values.data === undefined) throw new Error('--model and --data are needed');
const [model, data, threads] = [values.model, values.data, Number(values.threads)];

const versions: Record<string, string> = {};

/** Scores of the test rows, by name. */
function scores({ predictions }: Outcome, task: Task): Record<string, number> {
  if (task.problemType === 'single_label_classification') {
    const [actual, predicted] = [task.test.map(({ label }) => label as number), predictions.map(([label]) => label!)];
    return { accuracy: accuracyScore(actual, predicted), f1Macro: f1Score(actual, predicted, { average: 'macro' }) };
  }
  const flags = (labels: readonly number[]) =>
    Array.from({ length: task.numLabels }, (_, j) => Number(labels.includes(j)));
  const actual = task.test.map(({ label }) => flags(label as readonly number[]));
  return { f1Micro: f1Score(actual, predictions.map(flags), { average: 'micro' }) };
}

/** Share of rows with the same classes on both sides. */
function agreement(ours: Outcome, theirs: Outcome): number {
  const same = ours.predictions.filter((classes, i) => classes.join() === theirs.predictions[i]!.join());
  return same.length / ours.predictions.length;
}

type Pair = { ours: Outcome; theirs: RivalOutcome | { skipped: string } };

/** One side after the other: both use all threads. */
async function runBoth(job: Job): Promise<Pair> {
  const ours = await runOurs(job);
  const theirs = await runRival(job, values.python);
  if (!('skipped' in theirs)) Object.assign(versions, theirs.versions);
  return { ours, theirs };
}

function rowOf(name: string, pairs: readonly Pair[], params: BenchRow['params']): BenchRow {
  const times = pairs.map(({ ours }) => ours.seconds * 1e3);
  const row = { name, params, ...summarize(times), rival: 'PyTorch + transformers' };
  const ratios = pairs.flatMap(({ ours, theirs }) => ('skipped' in theirs ? [] : [ours.seconds / theirs.seconds]));
  const [first] = pairs;
  if (first !== undefined && 'skipped' in first.theirs) return { ...row, skipped: first.theirs.skipped };
  const { medianMs: ratio, iqrMs: ratioIqr } = summarize(ratios);
  return { ...row, ratio, ratioIqr };
}

/** The same encoder, head and batches on both sides, without dropout. */
async function sameStart(task: Task): Promise<BenchRow> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gridstride-start-'));
  try {
    const start = { task, model, seed: 1, hasDropout: false };
    using begun = await startModel(start);
    await begun.savePretrained(folder);
    await (await AutoTokenizer.fromPretrained(model)).savePretrained(folder);
    const random = new PhiloxRandom(1);
    const order = Array.from({ length: task.epochs }, () => [...permutation(task.train.length, random)]);
    const pair = await runBoth({ ...start, model: folder, order, threads });
    const { ours, theirs } = pair;
    const params: BenchRow['params'] = { part: 'same start', steps: ours.losses.length };
    if (!('skipped' in theirs)) {
      const apart = ours.losses.map((loss, i) => Math.abs(loss - theirs.losses[i]!));
      Object.assign(params, { largestLossDifference: Math.max(...apart), agreement: agreement(ours, theirs) });
    }
    return rowOf(task.name, [pair], params);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Mean scores over seeds, dropout as configured. */
async function seeded(task: Task): Promise<BenchRow> {
  const pairs: Pair[] = [];
  for (let seed = 1; seed <= Number(values.seeds); seed++)
    pairs.push(await runBoth({ task, model, seed, hasDropout: true, threads }));
  const params: BenchRow['params'] = { part: 'dropout', seeds: pairs.length };
  const side = (name: string, outcomes: readonly Outcome[]) => {
    const all = outcomes.map((outcome) => scores(outcome, task));
    for (const score of Object.keys(all[0] ?? {})) {
      const each = all.map((one) => one[score]!);
      Object.assign(params, {
        [`${name} ${score}`]: mean(each),
        [`${name} ${score} each`]: each.map((x) => x.toFixed(4)).join(' '),
      });
    }
  };
  side(
    'gridstride',
    pairs.map(({ ours }) => ours),
  );
  side(
    'PyTorch',
    pairs.flatMap(({ theirs }) => ('skipped' in theirs ? [] : [theirs])),
  );
  return rowOf(task.name, pairs, params);
}

async function main(): Promise<void> {
  configure({ threads });
  const rows: BenchRow[] = [];
  for (const name of values.tasks.split(',')) {
    if (!(name in TASKS)) throw new Error(`--tasks: must be of ${Object.keys(TASKS).join(', ')}, got ${name}`);
    const whole = await TASKS[name as keyof typeof TASKS](data);
    const few = values.rows === undefined ? undefined : Number(values.rows);
    const task = { ...whole, train: whole.train.slice(0, few), test: whole.test.slice(0, few) };
    console.log(`${task.name}: ${task.train.length} rows to train, ${task.test.length} to test, ${task.epochs} epochs`);
    for (const part of [sameStart, seeded]) {
      const row = await part(task);
      console.log(JSON.stringify({ ...row.params, medianMs: row.medianMs, ratio: row.ratio, skipped: row.skipped }));
      rows.push(row);
    }
  }
  await report({ bench: 'fine_tuning', rows, threads, rivals: versions, file: values.json });
}

await main();
