import { Worker } from 'node:worker_threads';
import { askWorker } from '../../util/ask_worker.js';
import { DataError } from '../../util/errors.js';
import { workerFile } from '../../util/worker_file.js';
import type { ParquetReply, ParquetWorkerData } from './parquet_worker.js';
import type { DataSource, RowReadOptions, RowChunk } from './source.js';

/** What {@link Dataset.fromParquet} takes. */
export type ParquetOptions = RowReadOptions;

/** Heap of the thread that decodes: a row group's rows. Past it the thread ends, not the process. */
const HEAP_MEGABYTES = 4096;

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

function ask(worker: Worker, path: string, signal: AbortSignal | undefined): Promise<ParquetReply> {
  const refuse = (got: string, cause: unknown) =>
    new DataError(`${path}: the file must be readable Parquet, got ${got}`, { path }, { cause });
  return askWorker(worker, null, { where: 'Dataset.fromParquet', signal, refuse });
}
