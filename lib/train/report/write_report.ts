import path from 'node:path';
import { readJsonFile } from '../../io/json_file.js';
import { drawPictures, type DrawnPicture } from '../../plots/index.js';
import { writePictures } from '../../plots/draw.js';
import { writeFileAtomic } from '../../util/atomic_write.js';
import { checkPath } from '../../util/checked_path.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { CheckpointError } from '../../util/errors.js';
import { snakeKeys, snakeName } from '../arguments/python_json.js';
import { listCheckpoints } from '../checkpoint/folders.js';
import { readState, type TrainerState } from '../state.js';
import type { DataSummary } from './data_summary.js';
import { figure, page, section, table } from './html.js';
import { PICTURE_FOLDER, removePictures } from './remove_report.js';
import { readReportData, type ReportData } from './report_data.js';
import { reportPictures } from './report_pictures.js';

/** What {@link writeReport} has made. */
export interface WrittenReport {
  /** Paths of the files, `report.html` first. */
  files: string[];
  /** What could not be drawn, and why. */
  missing: string[];
}

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof CheckpointError && error.fields['reason'] === 'ENOENT') return undefined;
    throw error;
  }
}

/** The state in the folder itself, else that of its last checkpoint. */
async function latestState(folder: string): Promise<TrainerState> {
  const last = (await listCheckpoints(folder)).at(-1);
  for (const place of [folder, ...(last === undefined ? [] : [last])]) {
    const state = await ifThere(readState(path.join(place, 'trainer_state.json')));
    if (state !== undefined) return state;
  }
  throw new CheckpointError(
    `writeReport: the folder must hold trainer_state.json or a checkpoint, got none in ${folder}`,
    {
      path: folder,
    },
  );
}

/** The arguments that a report of another kind of run lacks: those of its last checkpoint. */
async function savedArguments(folder: string): Promise<Record<string, unknown>> {
  const last = (await listCheckpoints(folder)).at(-1);
  if (last === undefined) return {};
  const json = await ifThere(readJsonFile(path.join(last, 'training_args.json')));
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
}

/** Final metrics: what the log ends with, and what the results files say. */
async function resultsOf(folder: string, { logHistory, ...state }: TrainerState): Promise<Record<string, unknown>> {
  const logged: Record<string, number> = {};
  for (const entry of logHistory)
    for (const [name, value] of Object.entries(entry))
      if (/^(?:train|eval|test)[A-Z]/.test(name)) logged[snakeName(name)] = value;
  const saved = await ifThere(readJsonFile(path.join(folder, 'all_results.json')));
  const { globalStep, epoch, bestMetric, bestGlobalStep } = state;
  const given = { globalStep, epoch, bestMetric, bestGlobalStep };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...(snakeKeys(known) as object), ...logged, ...(typeof saved === 'object' ? saved : {}) };
}

function dataTable({ data }: ReportData): string {
  const sets = Object.entries(data).filter((entry): entry is [string, DataSummary] => entry[1] !== undefined);
  if (sets.length === 0) return '';
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const line = (name: string, pick: (summary: DataSummary) => unknown): unknown[] => [
    name,
    ...sets.map(([, summary]) => pick(summary)),
  ];
  const { lengths } = sets[0]![1];
  return table(
    [
      line('rows', ({ rows }) => rows),
      line('tokens', ({ tokens }) => tokens),
      ...(Object.keys(lengths) as (keyof typeof lengths)[]).map((name) =>
        line(`length, ${name.replace(/^p(\d+)$/, '$1 %')}`, (summary) => summary.lengths[name]),
      ),
      line('as long as the longest (truncated or just so long)', ({ atLongest }) => percent(atLongest)),
      line('labels that occur', ({ labelCounts }) => labelCounts?.filter((rows) => rows > 0).length),
    ],
    ['', ...sets.map(([set]) => set)],
  );
}

function labelTable({ data, labels }: ReportData): string {
  const sets = Object.entries(data).filter(([, summary]) => summary?.labelCounts !== undefined);
  if (sets.length === 0) return '';
  const size = Math.max(...sets.map(([, summary]) => summary!.labelCounts!.length));
  const rows = Array.from({ length: size }, (_, i) => [
    labels[i] ?? `LABEL_${i}`,
    ...sets.map(([, summary]) => summary!.labelCounts![i] ?? 0),
  ]);
  return table(rows, ['label', ...sets.map(([set]) => set)]);
}

function listed(values: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(values);
  return entries.length === 0 ? '' : table(entries);
}

/**
 * Draws what a training output folder holds: `pictures/*.svg` and `*.png`, and `report.html` with all of them, the
 * results, the data's summary, the arguments and the environment, one file that needs no network. It reads
 * `trainer_state.json` (or that of the last checkpoint), `all_results.json`, and `report.json`, which a run with
 * `reportTo: ['html']` leaves: without it there are the curves alone. Folders of Python's Trainer will do.
 *
 * @throws {CheckpointError} The folder holds no state, a file of it is malformed, or it cannot be written.
 * @throws {AbortError} The signal fired.
 *
 * @example
 * ```ts no-run
 * import { writeReport } from 'gridstride';
 * const { files, missing } = await writeReport('./results');
 * console.log(files[0], missing);
 * ```
 */
export async function writeReport(
  folder: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<WrittenReport> {
  checkPath('writeReport', 'the folder', folder, CheckpointError);
  checkOptionNames('writeReport', options, ['signal']);
  const state = await latestState(folder);
  const data = await readReportData(folder);
  const { pictures, missing } = reportPictures(state.logHistory, data);
  const drawn: DrawnPicture[] = await drawPictures(pictures, options);
  const place = path.join(folder, PICTURE_FOLDER);
  // Those of an earlier report that this one lacks would be taken for its own.
  await removePictures(
    folder,
    pictures.map(({ name }) => name),
  );
  const names = await writePictures(place, drawn);
  const notes = missing.map((note) => `not drawn: ${note}`);
  const html = page(`Training report: ${path.basename(path.resolve(folder))}`, [
    section('Results', listed(await resultsOf(folder, state))),
    section(
      'Pictures',
      [...drawn.map(figure), ...(notes.length > 0 ? [table(notes.map((note) => [note]))] : [])].join('\n'),
    ),
    section('Data', data === undefined ? '' : [dataTable(data), labelTable(data)].join('\n').trim()),
    section('Arguments', listed(data?.arguments ?? (await savedArguments(folder)))),
    section('Environment', data === undefined ? '' : listed(data.environment)),
  ]);
  const file = path.join(folder, 'report.html');
  await writeFileAtomic(file, html, options);
  return { files: [file, ...names.map((name) => path.join(place, name))], missing };
}
