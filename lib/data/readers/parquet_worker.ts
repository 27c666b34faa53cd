import { parentPort, workerData } from 'node:worker_threads';
import { GridstrideError } from '../../util/errors.js';
import { type ParquetFile, openParquet } from './parquet_rows.js';
import { CHUNK_ROWS, type DataRow, type RowReadOptions, type RowChunk } from './source.js';

/** What the worker is started with. @internal */
export interface ParquetWorkerData {
  path: string;
  options: RowReadOptions;
}

/** The answer to each message: rows, the end, or what went wrong. @internal */
export type ParquetReply = RowChunk | { done: true } | { error: string; fields: Record<string, unknown> };

/** Copying a message must not hold the receiver's event loop: repeated values of a dictionary are copied each time. */
const MAX_CHARACTERS = 1 << 20;

function* chunksOf(columnNames: readonly string[], group: readonly DataRow[]): Generator<RowChunk> {
  let rows: DataRow[] = [];
  let characters = 0;
  for (const row of group) {
    rows.push(row);
    for (const name of columnNames) characters += sizeOf(row[name]);
    if (rows.length < CHUNK_ROWS && characters < MAX_CHARACTERS) continue;
    yield { columnNames, rows };
    [rows, characters] = [[], 0];
  }
  if (rows.length > 0) yield { columnNames, rows };
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + sizeOf(item), 1);
  if (value instanceof Uint8Array) return value.length;
  return 1;
}

async function* allChunks({ path, options }: ParquetWorkerData): AsyncGenerator<RowChunk> {
  const { columnNames, groups }: ParquetFile = await openParquet(path, options);
  yield { columnNames, rows: [] };
  for await (const group of groups) yield* chunksOf(columnNames, group);
}

const chunks = allChunks(workerData as ParquetWorkerData);

async function reply(): Promise<ParquetReply> {
  try {
    const { value, done } = await chunks.next();
    return done ? { done } : value;
  } catch (error) {
    const isOurs = error instanceof GridstrideError;
    return { error: error instanceof Error ? error.message : String(error), fields: isOurs ? { ...error.fields } : {} };
  }
}

parentPort!.on('message', () => void reply().then((answer) => parentPort!.postMessage(answer)));
