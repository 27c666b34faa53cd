// Text tasks on real data beside PyTorch + transformers: the same rows, start, order and no dropout (losses side by side),
// and from a pretrained encoder with dropout and several seeds (mean scores side by side).
// node dist/bench/fine_tuning/text/main.js --model DIR --data DIR [--tasks wnut17,squad,snli,shakespeare,spanish]
//   [--seeds 3] [--rows N (at most, to try it out)] [--threads 2] [--python python3] [--json FILE]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { configure, permutation, PhiloxRandom, type TokenizedRow } from 'gridstride';
import { mean } from 'simple-statistics';
import type { BenchRow } from '../../../lib/util/bench_schema.js';
import { summarize } from '../../../lib/util/statistics.js';
import { report } from '../../report.js';
import { runScript } from '../rival.js';
import { runOurs, type TextRun } from './ours.js';
import type { TextOutcome, TextTask } from './plan.js';
import { shakespeare } from './shakespeare.js';
import { snli } from './snli.js';
import { spanish } from './spanish.js';
import { squad } from './squad.js';
import { wnut17 } from './wnut17.js';

const TASKS = { wnut17, squad, snli, shakespeare, spanish };

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    tasks: { type: 'string', default: Object.keys(TASKS).join(',') },
    seeds: { type: 'string', default: '3' },
    rows: { type: 'string', default: 'Infinity' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string', default: 'python3' },
    json: { type: 'string' },
  },
});
if (values.model === undefined || values.data === undefined) throw new Error('--model and --data are needed');
const [model, data, rows, threads] = [values.model, values.data, Number(values.rows), Number(values.threads)];

const versions: Record<string, string> = {};

type Theirs = TextOutcome & { versions: Record<string, string> };
type Pair = { ours: TextOutcome; theirs: Theirs | { skipped: string } };

/** Columns that Python reads, as plain lists. */
function plainRow(row: TokenizedRow): object {
  const { inputIds, tokenTypeIds, label, labels, startPositions, endPositions } = row;
  const list = (ids: ArrayLike<number>) => Array.from(ids);
  return {
    inputIds: list(inputIds),
    ...(tokenTypeIds && { tokenTypeIds: list(tokenTypeIds) }),
    ...(typeof labels === 'object' && { labels: list(labels) }),
    label,
    startPositions,
    endPositions,
  };
}

async function runTheirs(run: TextRun, folder: string, hasDropout: boolean): Promise<Pair['theirs']> {
  const { task, seed, order } = run;
  const { architecture, reading, recipe, numLabels, maxTarget, tokenizer } = task;
  const job = { architecture, reading, recipe, numLabels, maxTarget, seed, order, hasDropout, threads };
  const [train, test] = [task.train.map(plainRow), task.test.map(plainRow)];
  const rest = { model: folder, train, test, padTokenId: tokenizer.padTokenId ?? 0 };
  const isPretrained = task.pretrained !== undefined;
  const outcome = await runScript<Theirs>('text/torch_text.py', { ...job, ...rest, isPretrained }, values.python);
  if (!('skipped' in outcome)) Object.assign(versions, outcome.versions);
  return outcome;
}

function rowOf(task: TextTask, pairs: readonly Pair[], params: BenchRow['params']): BenchRow {
  const row = { name: task.name, params, ...summarize(pairs.map(({ ours }) => ours.seconds * 1e3)) };
  const [first] = pairs;
  if ('skipped' in first!.theirs) return { ...row, rival: 'PyTorch + transformers', skipped: first!.theirs.skipped };
  const ratios = pairs.map(({ ours, theirs }) => ours.seconds / (theirs as Theirs).seconds);
  const { medianMs: ratio, iqrMs: ratioIqr } = summarize(ratios);
  return { ...row, rival: 'PyTorch + transformers', ratio, ratioIqr };
}

function named(side: string, scores: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(scores).map(([name, value]) => [`${side} ${name}`, value]));
}

/** The same weights and batches on both sides, without dropout. */
async function sameStart(task: TextTask): Promise<BenchRow> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gridstride-start-'));
  const begun = await task.start(1, false);
  try {
    await begun.savePretrained(folder);
    const random = new PhiloxRandom(1);
    const order = Array.from({ length: task.recipe.epochs }, () => [...permutation(task.train.length, random)]);
    const run = { task, seed: 1, order };
    const ours = await runOurs(begun, run);
    const theirs = await runTheirs(run, folder, false);
    const params: BenchRow['params'] = { part: 'same start', steps: ours.losses.length };
    Object.assign(params, named('gridstride', task.scores(ours)));
    if (!('skipped' in theirs)) {
      const apart = ours.losses.map((loss, i) => Math.abs(loss / theirs.losses[i]! - 1));
      Object.assign(params, { largestLossRatio: Math.max(...apart) }, named('PyTorch', task.scores(theirs)));
    }
    for (const text of (await task.sample?.(begun)) ?? []) console.log(text);
    return rowOf(task, [{ ours, theirs }], params);
  } finally {
    begun.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Mean scores over seeds, dropout as configured. */
async function seeded(task: TextTask): Promise<BenchRow> {
  const pairs: Pair[] = [];
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    using begun = await task.start(seed, true);
    const ours = await runOurs(begun, { task, seed });
    pairs.push({ ours, theirs: await runTheirs({ task, seed }, task.pretrained!, true) });
  }
  const params: BenchRow['params'] = { part: 'dropout', seeds: pairs.length };
  const sides = {
    gridstride: pairs.map(({ ours }) => ours),
    PyTorch: pairs.flatMap(({ theirs }) => ('skipped' in theirs ? [] : [theirs])),
  };
  for (const [side, outcomes] of Object.entries(sides)) {
    const all = outcomes.map((outcome) => task.scores(outcome));
    for (const name of Object.keys(all[0] ?? {})) {
      const each = all.map((scores) => scores[name]!);
      params[`${side} ${name}`] = mean(each);
      params[`${side} ${name} each`] = each.map((score) => score.toFixed(2)).join(' ');
    }
  }
  return rowOf(task, pairs, params);
}

async function main(): Promise<void> {
  configure({ threads });
  const results: BenchRow[] = [];
  for (const name of values.tasks.split(',')) {
    if (!(name in TASKS)) throw new Error(`--tasks: must be of ${Object.keys(TASKS).join(', ')}, got ${name}`);
    const task = await TASKS[name as keyof typeof TASKS]({ data, model, rows });
    console.log(
      `${task.name}: ${task.train.length} rows to train, ${task.test.length} to test, ${task.recipe.epochs} epochs`,
    );
    for (const part of task.pretrained === undefined ? [sameStart] : [sameStart, seeded]) {
      const row = await part(task);
      console.log(JSON.stringify({ ...row.params, medianMs: row.medianMs, ratio: row.ratio, skipped: row.skipped }));
      results.push(row);
    }
  }
  await report({ bench: 'text_tasks', rows: results, threads, rivals: versions, file: values.json });
}

await main();
