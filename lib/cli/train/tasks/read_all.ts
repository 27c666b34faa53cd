import { formatOf } from '../../../data/readers/formats.js';
import type { DataFormat, DataRow } from '../../../data/readers/source.js';
import type { TrainableDataset } from '../../../train/index.js';
import { DataError } from '../../../util/errors.js';
import { shown } from '../../../util/shown.js';
import type { CliIo } from '../../io.js';
import { type Columns, columnsOf } from '../../task/columns.js';
import { convertedRows } from '../../task/read_rows.js';
import type { SavedTask } from '../../task/saved_task.js';
import type { TrainSettings } from '../settings.js';
import type { StartingPoint } from '../start_model.js';
import type { PreparationContext, TrainTask } from './task.js';

/** All rows of a source. @throws DataError when it holds none @internal */
export async function collect<Row>(
  where: string,
  source: string,
  chunks: AsyncIterable<readonly Row[]>,
): Promise<Row[]> {
  const all: Row[] = [];
  for await (const rows of chunks) for (const row of rows) all.push(row);
  if (all.length > 0) return all;
  throw new DataError(`${where}: ${source} must hold at least one row, got none`, { path: source });
}

/** A task's way to read a file. @internal */
export interface FileReading<Row> {
  /** Formats in place of those that endings speak of: `.json` may be SQuAD. */
  formats?: Partial<Record<DataFormat, DataFormat>>;
  wanted(columns: Columns): string[];
  /** @throws DataError, which is told with the row's place */
  convert(row: DataRow, columns: Columns): Row;
}

/** Formats that have columns of their own. */
const OWN_COLUMNS: readonly (DataFormat | undefined)[] = ['conll', 'squad'];

/** The rows of a run's files, to train and to evaluate on. @internal */
export interface RunRows<Row> {
  /** Of the first. */
  columns: Columns;
  train: readonly Row[];
  eval: readonly Row[] | undefined;
}

/** Who reads what. @internal */
export interface RunFiles {
  task: TrainTask;
  settings: TrainSettings;
  point: StartingPoint;
}

async function readAll<Row extends object>(
  where: string,
  source: string,
  { task, settings, point }: RunFiles,
  reading: FileReading<Row>,
  io: CliIo,
): Promise<{ columns: Columns; rows: Row[] }> {
  const ending = settings.format === undefined && source !== '-' ? formatOf(where, source) : settings.format;
  const format = settings.format ?? (ending && (reading.formats?.[ending] ?? ending));
  const trained: SavedTask = { ...task.columns, ...(OWN_COLUMNS.includes(format) ? {} : present(point.task)) };
  const columns = columnsOf(where, source, { ...settings, format }, trained);
  const wanted = reading.wanted(columns);
  const convert = (row: DataRow) => reading.convert(row, columns) as unknown as DataRow;
  const chunks = convertedRows<Row>(where, source, { columns, wanted, convert }, io);
  return { columns, rows: await collect(where, source, chunks) };
}

/** Reads a run's files. @throws ConfigError, DataError naming file and line @internal */
export async function readFiles<Row extends object>(
  where: string,
  files: RunFiles,
  reading: FileReading<Row>,
  io: CliIo,
): Promise<RunRows<Row>> {
  const { train: source, eval: evalSource } = files.settings;
  const { columns, rows: train } = await readAll(where, source, files, reading, io);
  if (evalSource === undefined) return { columns, train, eval: undefined };
  if (evalSource === source) return { columns, train, eval: train };
  return { columns, train, eval: (await readAll(where, evalSource, files, reading, io)).rows };
}

/** The rows of a run as its Trainer takes them; of an evaluation alone, no others. @internal */
export async function preparedSets<Row, Out extends TrainableDataset>(
  rows: Pick<RunRows<Row>, 'train' | 'eval'>,
  { forEvaluation = false }: Pick<PreparationContext, 'forEvaluation'>,
  prepare: (rows: readonly Row[]) => Promise<Out>,
): Promise<{ trainDataset?: Out; evalDataset?: Out }> {
  const evalDataset = rows.eval && (await prepare(rows.eval));
  return {
    ...(!forEvaluation && { trainDataset: await prepare(rows.train) }),
    ...(evalDataset && { evalDataset }),
  };
}

/** Something done with a row whose place in a file only its number tells. @internal */
export function atRow<T>(source: string, row: number, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(`${source}: record ${row + 1}: ${error.message}`, { path: source, record: row + 1 });
  }
}

function present(task: SavedTask): SavedTask {
  return Object.fromEntries(Object.entries(task).filter(([, value]) => value !== undefined));
}

/** A row's text. @throws DataError when it is none @internal */
export function textIn(row: DataRow, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new DataError(`column ${column} must hold texts, got ${shown(value)}`, { column });
}

/** What a model's folder says of the columns of its data. @internal */
export function savedColumns({ text, textPair, label, header, quote }: Columns): SavedTask {
  const names = { textColumn: text, textPairColumn: textPair, labelColumn: label };
  return { ...names, header, quote: quote === null ? 'none' : quote };
}
