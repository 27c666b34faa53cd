import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { throwIfAborted } from '../../util/abort.js';
import { DataError } from '../../util/errors.js';
import { workerFile } from '../../util/worker_file.js';
import type { ParquetReply, ParquetWorkerData } from './parquet_worker.js';
import type { DataSource, RowReadOptions, RowChunk } from './source.js';

/** What {@link Dataset.fromParquet} takes. */
export type ParquetOptions = RowReadOptions;

/** Heap of the thread that decodes: a row group's rows. Past it the thread ends, not the process. */
const HEAP_MEGABYTES = 4096;
/** Longest time for one answer: a row group takes seconds at most. */
const PATIENCE_MS = 300_000;

/**
 * The rows of a Parquet file, decoded row group by row group in a thread of its own, which ends with the file.
 * @internal
 */
export async function* readParquet(source: DataSource, options: ParquetOptions): AsyncGenerator<RowChunk> {
  if (typeof source !== 'string')
    throw new DataError('Dataset.fromParquet: a Parquet file must be a path (its end is read first), got a stream');
  const { columns, signal } = options;
  const workerData: ParquetWorkerData = { path: source, options: columns === undefined ? {} : { columns } };
  const worker = new Worker(workerFile(import.meta.url, './parquet_worker.js'), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
  });
  try {
    let next = ask(worker, source, signal);
    for (;;) {
      const reply = await next;
      if ('error' in reply) throw new DataError(reply.error, reply.fields);
      if ('done' in reply) return;
      next = ask(worker, source, signal);
      // Handled when its turn comes; a caller who stops before must not see it.
      next.catch(() => undefined);
      yield reply;
    }
  } finally {
    await worker.terminate();
  }
}

async function ask(worker: Worker, path: string, signal: AbortSignal | undefined): Promise<ParquetReply> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const answer = once(worker, 'message', {
      signal: AbortSignal.any(signal === undefined ? [patience] : [patience, signal]),
    });
    worker.postMessage(null);
    const [reply] = (await answer) as [ParquetReply];
    return reply;
  } catch (cause) {
    throwIfAborted(signal, 'Dataset.fromParquet');
    const got = patience.aborted ? `nothing for ${PATIENCE_MS / 1000} s` : String(cause);
    throw new DataError(`${path}: the file must be readable Parquet, got ${got}`, { path }, { cause });
  }
}
