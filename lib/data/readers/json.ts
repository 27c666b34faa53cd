import { JsonRecords } from './json_records.js';
import { RowCollector } from './jsonl.js';
import { type DataSource, type RowChunk, type TextReadOptions, lineError, textOf } from './source.js';

/** What {@link Dataset.fromJson} takes. */
export interface JsonOptions extends TextReadOptions {
  /** The key of the array of records, in a file that is one object. */
  field?: string;
}

/**
 * The records of a JSON file that is an array of objects, or an object with such an array under `field`. Read piece by
 * piece: only one record is parsed at a time.
 * @internal
 */
export async function* readJson(source: DataSource, options: JsonOptions): AsyncGenerator<RowChunk> {
  const records = new JsonRecords(options.field, (line, text) => lineError(source, line, text));
  const collector = new RowCollector(source, options);
  try {
    for await (const piece of textOf('Dataset.fromJson', source, options.encoding)) {
      for (const { text, line } of records.push(piece)) collector.add('a record', text, line);
      if (collector.isFull) yield collector.take();
    }
    records.end();
  } catch (error) {
    yield collector.take();
    throw error;
  }
  yield collector.take();
}
