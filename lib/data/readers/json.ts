import { DataError } from '../../util/errors.js';
import { type Found, rowsOf } from './found.js';
import { type JsonPlace, JsonRecords } from './json_records.js';
import { JsonRows } from './jsonl.js';
import {
  type ConvertOptions,
  type DataSource,
  type RowChunk,
  type TextReadOptions,
  encodingRule,
  nameOf,
  textOf,
} from './source.js';

/** What {@link Dataset.fromJson} takes. */
export interface JsonOptions extends TextReadOptions {
  /** The key of the array of records, in a file that is one object. */
  field?: string;
}

/**
 * An error at a record of a JSON file; lines alone would not tell records apart where a file is a single one.
 * @internal
 */
export function recordError(source: DataSource, { line, record }: JsonPlace, text: string, cause?: unknown): DataError {
  const path = nameOf(source);
  const place = record === undefined ? `${path}:${line}` : `${path}:${line}: record ${record}`;
  const fields = { path, line, ...(record !== undefined && { record }) };
  return new DataError(`${place}: ${text}`, fields, cause === undefined ? {} : { cause });
}

/** The texts of a file's records. @internal */
export async function* jsonRecords(
  where: string,
  source: DataSource,
  options: JsonOptions,
): AsyncGenerator<Found<string>[]> {
  const refuse = (place: JsonPlace, text: string) => recordError(source, place, text);
  const records = new JsonRecords(options.field, encodingRule(options), refuse);
  for await (const piece of textOf(where, source, options)) {
    const found: Found<string>[] = [];
    try {
      for (const record of records.push(piece)) found.push(record);
    } catch (error) {
      yield found;
      throw error;
    }
    yield found;
  }
  records.end();
}

/**
 * The records of a JSON file that is an array of objects, or an object with such an array under `field`. Read piece by
 * piece: only one record is parsed at a time.
 * @internal
 */
export function readJson(source: DataSource, options: JsonOptions & ConvertOptions): AsyncGenerator<RowChunk> {
  const rows = new JsonRows('a record', options, (place, text, cause) => recordError(source, place, text, cause));
  return rowsOf(jsonRecords('Dataset.fromJson', source, options), rows, options);
}
