// Each pipeline beside transformers.js on real texts, the same weights, outputs compared before anything is timed:
//   node dist/bench/pipelines/main.js [--model DIR] [--texts 500] [--threads N] [--rounds 7] [--tasks NAME,NAME]
//   [--python python3] [--cache DIR] [--json FILE]. A table on standard error; the last line is the result.
import { AutoTokenizer, configure, devices } from 'gridstride';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { sharedFolder } from '../models/bert_base.js';
import { type Contest, type Entry, hold } from '../peers/contest.js';
import { GRAPHS, lastLine } from '../peers/graphs.js';
import { type SideCommand, SideProcesses, withPackage } from '../peers/sides.js';
import { isInstalled, rivalVersion } from '../peers/sides/packages.js';
import { tableOf } from '../peers/table.js';
import type { TaskWork } from '../peers/work.js';
import { report } from '../report.js';
import { graphFolders, modelFolder, TIMED_TASKS, type TimedTask } from './tasks.js';
import { inputsOf } from './texts.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: sharedFolder('models/all-minilm-l6-v2') },
    texts: { type: 'string', default: '500' },
    threads: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    tasks: { type: 'string' },
    python: { type: 'string', default: process.env['PYTHON'] ?? 'python3' },
    cache: { type: 'string', default: 'results/bench_pipelines' },
    json: { type: 'string' },
  },
});
/** Texts that the rival takes at a time: all are timed, the fastest counts. */
const BATCHES = [1, 8, 32];
const [OURS, RIVAL] = ['gridstride', 'transformers.js'];

function command(side: string, task: TimedTask, folder: string, threads: number): SideCommand {
  const script = fileURLToPath(new URL(`sides/${side}.js`, import.meta.url));
  return {
    program: process.execPath,
    args: [script, '--task', task.name, '--folder', folder, '--threads', String(threads)],
  };
}

/** Our one call beside the rival's, by form of its graph and by batch. */
async function contestOf(task: TimedTask, encoder: string, data: string, threads: number): Promise<Contest> {
  const folder = await modelFolder(task, encoder, values.cache);
  const mask = (await AutoTokenizer.fromPretrained(folder)).specialTokensMap.mask_token!;
  const inputs = await inputsOf(task.name, data, Number(values.texts), mask);
  const workOf = (batch: number): TaskWork => ({ kind: 'task', ...inputs, batch });
  const entries: Entry[] = [
    { group: OURS!, dtype: 'f32', command: command('ours', task, folder, threads), work: workOf(1) },
  ];
  const graphs = await graphFolders(task, folder, values.python).catch((error: unknown) => lastLine(error));
  for (const [i, form] of GRAPHS.entries()) {
    const made = typeof graphs === 'string' ? '' : graphs[i]!;
    const side = command('transformers_js', task, made, threads);
    const rival = typeof graphs === 'string' ? { ...side, skipped: graphs } : side;
    for (const batch of BATCHES)
      entries.push({
        group: RIVAL!,
        variant: `${form} batch ${batch}`,
        dtype: 'f32',
        command: withPackage('@huggingface/transformers', rival),
        work: workOf(batch),
      });
  }
  const params = { model: path.basename(encoder), texts: inputs.texts.length };
  return { name: task.name, params, entries, rivals: { [OURS!]: [RIVAL!] } };
}

async function main(): Promise<void> {
  const data = sharedFolder('data');
  if (values.model === undefined || data === undefined)
    throw new Error('bench pipelines: a model (--model) and the shared data sets must be there');
  if (values.threads !== undefined) configure({ threads: Number(values.threads) });
  const { threads = 1 } = devices()[0]!;
  const names = values.tasks?.split(',') ?? TIMED_TASKS.map(({ name }) => name);
  const rows: BenchRow[] = [];
  for (const task of TIMED_TASKS.filter(({ name }) => names.includes(name))) {
    const sides = new SideProcesses();
    try {
      rows.push(...(await hold(await contestOf(task, values.model, data, threads), sides, Number(values.rounds))));
    } finally {
      await sides.close();
    }
    process.stderr.write(tableOf(rows.slice(-1)));
  }
  const rival = '@huggingface/transformers';
  const rivals = isInstalled(rival) ? { rivals: { 'transformers.js': rivalVersion(rival) } } : {};
  await report({ bench: 'pipelines', rows, threads, ...rivals, file: values.json });
}

await main();
