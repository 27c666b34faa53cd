import { throwIfAborted, toAbortError } from '../util/abort.js';
import { AbortError } from '../util/errors.js';
import { type NativeTask, typed, typedAsync } from './addon.js';

/**
 * Waits for work that `start` begins on the engine's task threads; `signal` asks it to stop.
 *
 * @param where The operation, first word of the error's text when it is aborted.
 * @throws {AbortError} The signal fired before the work was done.
 * @internal
 */
export async function nativeTask<T>(
  where: string,
  signal: AbortSignal | undefined,
  start: () => NativeTask<T>,
): Promise<T> {
  throwIfAborted(signal, where);
  const task = typed(start);
  const cancel = (): void => task.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await typedAsync(() => task.promise);
  } catch (error) {
    if (signal?.aborted && error instanceof AbortError) throw toAbortError(signal, where);
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
