import { throwIfAborted } from '../../util/abort.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { LoopPacer } from '../../util/yield.js';
import { readArrow } from './arrow/arrow.js';
import { type ConllOptions, readConll } from './conll.js';
import { type CsvOptions, readCsv } from './csv.js';
import { rowOrError } from './found.js';
import { type JsonOptions, readJson } from './json.js';
import { readJsonl } from './jsonl.js';
import { readParquet } from './parquet.js';
import {
  type ConvertOptions,
  DATA_FORMATS,
  type DataFormat,
  type DataRow,
  type DataSource,
  nameOf,
  READ_OPTIONS,
  type RowReadOptions,
  type RowChunk,
  TEXT_OPTIONS,
} from './source.js';
import { readSquad } from './squad.js';
import { type TextOptions, readText } from './text.js';

/** What {@link Dataset.load} and {@link IterableDataset.load} take: a format, and what its reader takes. */
export interface DataLoadOptions extends CsvOptions, JsonOptions, TextOptions, ConllOptions {
  /** By default what the file's ending says (`.gz` aside); a stream without a format is JSONL. */
  format?: DataFormat;
}

interface Format {
  endings: readonly string[];
  options: readonly string[];
  read(source: DataSource, options: RowReadOptions & ConvertOptions): AsyncGenerator<RowChunk>;
  /** Of readers that do not convert rows themselves: names a row's place, from its number, which counts from 1. */
  place?: (source: DataSource, row: number) => (text: string) => DataError;
}

const atRecord: NonNullable<Format['place']> = (source, row) => (text) => {
  const path = nameOf(source);
  return new DataError(`${path}: record ${row}: ${text}`, { path, record: row });
};

const CSV_OPTIONS = [...TEXT_OPTIONS, 'delimiter', 'quote', 'header', 'types'];

const FORMATS: Readonly<Record<DataFormat, Format>> = {
  csv: { endings: ['csv'], options: CSV_OPTIONS, read: readCsv },
  tsv: {
    endings: ['tsv', 'tab'],
    options: CSV_OPTIONS,
    read: (source, options) => readCsv(source, { delimiter: '\t', ...options }),
  },
  jsonl: { endings: ['jsonl', 'ndjson'], options: TEXT_OPTIONS, read: readJsonl },
  json: { endings: ['json'], options: [...TEXT_OPTIONS, 'field'], read: readJson },
  parquet: { endings: ['parquet', 'pq'], options: READ_OPTIONS, read: readParquet, place: atRecord },
  text: { endings: ['txt', 'text', 'md'], options: [...TEXT_OPTIONS, 'sampleBy'], read: readText },
  arrow: { endings: ['arrow', 'arrows', 'feather', 'ipc'], options: READ_OPTIONS, read: readArrow, place: atRecord },
  conll: {
    endings: ['conll', 'iob', 'iob2', 'bio'],
    options: [...TEXT_OPTIONS, 'delimiter', 'tokenColumn', 'tagColumn', 'comment'],
    read: readConll,
  },
  // Its files end as others of JSON do.
  squad: { endings: [], options: TEXT_OPTIONS, read: readSquad },
};

/** Formats whose files say what they have as columns: further files must have the first one's. */
const FIXED: readonly DataFormat[] = ['csv', 'tsv', 'parquet', 'text', 'arrow', 'conll', 'squad'];

/** The format of a source by its ending. @throws {ConfigError} It says nothing. @internal */
export function formatOf(where: string, source: DataSource): DataFormat {
  if (typeof source !== 'string') return 'jsonl';
  const ending = /\.([^./]+?)(?:\.gz)?$/i.exec(source)?.[1]?.toLowerCase() ?? '';
  const found = DATA_FORMATS.find((format) => FORMATS[format].endings.includes(ending));
  if (found !== undefined) return found;
  const known = Object.values(FORMATS).flatMap(({ endings }) => endings.map((known) => `.${known}`));
  const rule = `format must be given for files that do not end in ${known.join(', ')}`;
  throw new ConfigError(`${where}: ${rule}, got ${source}`, { path: source });
}

function checkReadOptions(where: string, { columns }: RowReadOptions): void {
  if (columns === undefined) return;
  const isList = Array.isArray(columns) && columns.length > 0 && columns.every((name) => typeof name === 'string');
  if (!isList) throw new ConfigError(`${where}: columns must be a list of names, got ${shown(columns)}`);
}

/** The rows of a source, converted where that was asked for. */
async function* readRows(
  { read, place }: Format,
  source: DataSource,
  options: RowReadOptions & ConvertOptions,
): AsyncGenerator<RowChunk> {
  let count = 0;
  for await (const { columnNames, rows } of read(source, options)) {
    if (place === undefined || options.convert === undefined) {
      yield { columnNames, rows };
      continue;
    }
    const made = rows.map((row) => rowOrError(() => row, options, place(source, ++count)));
    yield { columnNames, rows: made.filter((row) => row !== undefined) };
  }
}

/**
 * The rows of one source after the other, chunk by chunk; the consumer's event loop gets its turns between chunks.
 *
 * @param fixed The format, where the function called says it: `options` has none then.
 * @param convert See {@link ConvertOptions}; the chunks' `columnNames` are those before it.
 * @throws {ConfigError} The format or an option is unknown.
 * @throws {DataError} A source cannot be read or is malformed; the text names file and line.
 * @throws {AbortError} The signal fired.
 * @internal
 */
export async function* readSources(
  where: string,
  sources: readonly DataSource[],
  given: DataLoadOptions,
  fixed?: DataFormat,
  convert?: ConvertOptions['convert'],
): AsyncGenerator<RowChunk> {
  if (typeof given !== 'object' || given === null)
    throw new ConfigError(`${where}: options must be an object, got ${given === null ? 'null' : typeof given}`);
  const { format, ...others } = given;
  const options: RowReadOptions = fixed === undefined ? others : given;
  checkReadOptions(where, options);
  let columns = options.columns;
  for (const source of sources) {
    const name = fixed ?? format ?? formatOf(where, source);
    const reader = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
    if (reader === undefined)
      throw new ConfigError(`${where}: format must be one of ${DATA_FORMATS.join(', ')}, got ${shown(name)}`);
    // Rows of any format may be such as cannot be converted.
    const known = convert === undefined ? reader.options : [...reader.options, 'onError'];
    checkOptionNames(where, options, known);
    const pacer = new LoopPacer(where, options);
    const wanted = columns === undefined ? options : { ...options, columns };
    for await (const chunk of readRows(reader, source, { ...wanted, convert })) {
      throwIfAborted(options.signal, where);
      yield chunk;
      if (pacer.isDue()) await pacer.pause();
      if (FIXED.includes(name)) columns = chunk.columnNames;
    }
  }
}

/** Rows of several sources in memory, and the columns they have. @internal */
export interface FileRows {
  rows: DataRow[];
  columnNames: readonly string[];
}

/** All rows of some chunks. @internal */
export async function collectRows(chunks: AsyncIterable<RowChunk>): Promise<FileRows> {
  const rows: DataRow[] = [];
  const names = new Set<string>();
  for await (const chunk of chunks) {
    for (const name of chunk.columnNames) names.add(name);
    for (const row of chunk.rows) rows.push(row);
  }
  return { rows, columnNames: [...names] };
}
