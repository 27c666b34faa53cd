import { checkOptionNames } from '../util/did_you_mean.js';
import { parseJson } from '../util/json.js';
import { LoopPacer } from '../util/yield.js';
import { type FileRows, MAX_RECORD, checkColumns, lineError, openText, toReadError } from './text_file.js';

/** What {@link Dataset.fromJsonl} takes. */
export interface JsonlOptions {
  /** The columns to keep, all of which every row must have; all columns by default. */
  columns?: readonly string[];
  signal?: AbortSignal | undefined;
}

/**
 * The lines of a text file. Only line feeds end a line: the other separators of Unicode may stand inside JSON strings.
 */
async function* readLines(path: string): AsyncIterable<string> {
  let rest = '';
  let line = 0;
  for await (const piece of openText(path, 'utf8') as AsyncIterable<string>) {
    let start = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', start)) {
      line += 1;
      yield rest + piece.slice(start, end);
      rest = '';
      start = end + 1;
    }
    rest += piece.slice(start);
    if (rest.length > MAX_RECORD)
      throw lineError(path, line + 1, `a line must be under ${MAX_RECORD} characters, got more`);
  }
  yield rest;
}

function parseRow(text: string, path: string, line: number): Record<string, unknown> {
  const value = parseJson(text, (got, cause) => lineError(path, line, `a line must be valid JSON, got ${got}`, cause));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const got = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
    throw lineError(path, line, `a line must hold a JSON object, got ${got}`);
  }
  if (Object.hasOwn(value, '__proto__')) throw lineError(path, line, 'column names must be plain, got __proto__');
  return value as Record<string, unknown>;
}

function pickColumns(row: Record<string, unknown>, columns: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(columns.map((name) => [name, row[name]]));
}

/**
 * Reads JSONL files one after the other; the columns are all keys in order of appearance.
 * @internal
 */
export async function readJsonl(paths: readonly string[], options: JsonlOptions): Promise<FileRows> {
  checkOptionNames('Dataset.fromJsonl', options, ['columns', 'signal']);
  const { columns } = options;
  const pacer = new LoopPacer('Dataset.fromJsonl', options);
  const rows: object[] = [];
  const names = new Set(columns);
  for (const path of paths) {
    let line = 0;
    try {
      for await (const text of readLines(path)) {
        line += 1;
        const trimmed = (line === 1 ? text.replace(/^\uFEFF/, '') : text).trim();
        if (trimmed === '') continue;
        const row = parseRow(trimmed, path, line);
        if (columns === undefined) for (const name of Object.keys(row)) names.add(name);
        else checkColumns(path, line, Object.keys(row), columns);
        rows.push(columns === undefined ? row : pickColumns(row, columns));
        if (pacer.isDue()) await pacer.pause();
      }
    } catch (error) {
      throw toReadError(error, path);
    }
  }
  return { rows, columnNames: [...names] };
}
