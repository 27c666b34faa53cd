import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { throwIfAborted } from '../util/abort.js';
import { ensureWritableFolder, writeFileAtomic } from '../util/atomic_write.js';
import { DataError } from '../util/errors.js';
import { workerFile } from '../util/worker_file.js';
import type { DrawReply } from './draw_worker.js';
import type { Picture } from './picture.js';

/** A picture with its image in both forms. */
export interface DrawnPicture extends Picture {
  svg: string;
  /** At twice the SVG's size. */
  png: Uint8Array;
}

/** Heap of the thread that draws. Past it the thread ends, not the process. */
const HEAP_MEGABYTES = 2048;

/**
 * Draws pictures as SVG and PNG in a thread of their own, which loads Vega for them. The same pictures give the same
 * bytes; only letters that the shipped font lacks are drawn with a font of the system's.
 *
 * @throws {DataError} A specification cannot be drawn.
 * @throws {AbortError} The signal fired.
 *
 * @example
 * ```ts
 * import { drawPictures, plotLog } from 'gridstride';
 * const [loss] = await drawPictures(plotLog([{ step: 1, loss: 0.7 }, { step: 2, loss: 0.5 }]));
 * console.log(loss!.svg.slice(0, 4)); // <svg
 * ```
 */
export async function drawPictures(
  pictures: readonly Picture[],
  options: { signal?: AbortSignal | undefined } = {},
): Promise<DrawnPicture[]> {
  const where = 'drawPictures';
  const { signal } = options;
  throwIfAborted(signal, where);
  if (pictures.length === 0) return [];
  const worker = new Worker(workerFile(import.meta.url, './draw_worker.js'), {
    workerData: pictures,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
  });
  try {
    const [reply] = (await once(worker, 'message', signal === undefined ? {} : { signal })) as [DrawReply];
    if (Array.isArray(reply)) return reply;
    throw new DataError(`${where}: the specification must be one that Vega-Lite can draw, got ${reply.error}`);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throwIfAborted(signal, where);
    throw new DataError(`${where}: the pictures cannot be drawn, got ${String(cause)}`, {}, { cause });
  } finally {
    await worker.terminate();
  }
}

/**
 * Writes each picture as `<name>.svg` and `<name>.png` to a folder, which is made where it is not there.
 *
 * @returns The names of the files.
 * @throws {CheckpointError} The folder cannot be written.
 * @internal
 */
export async function writePictures(folder: string, pictures: readonly DrawnPicture[]): Promise<string[]> {
  await ensureWritableFolder(folder);
  const files = pictures.flatMap(({ name, svg, png }) => [
    [`${name}.svg`, svg] as const,
    [`${name}.png`, png] as const,
  ]);
  for (const [name, contents] of files) await writeFileAtomic(path.join(folder, name), contents);
  return files.map(([name]) => name);
}
