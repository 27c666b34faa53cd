import { throwIfAborted, toAbortError } from '../util/abort.js';
import { AbortError } from '../util/errors.js';
import { addon, typedAsync } from './addon.js';

let lastTask = 0;

/**
 * Runs work on the engine's task threads; `start` hands the task's number to the addon. When `signal` fires the task is
 * asked to stop.
 *
 * @param where The operation, first word of the error's text when it is aborted.
 * @throws {AbortError} The signal fired before the task was done.
 * @internal
 */
export async function nativeTask<T>(
  where: string,
  signal: AbortSignal | undefined,
  start: (task: number) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal, where);
  const task = ++lastTask;
  const cancel = (): void => addon().cancelTask(task);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await typedAsync(() => start(task));
  } catch (error) {
    if (signal?.aborted && error instanceof AbortError) throw toAbortError(signal, where);
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
