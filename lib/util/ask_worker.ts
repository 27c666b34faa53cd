import { once } from 'node:events';
import type { Transferable, Worker } from 'node:worker_threads';
import { throwIfAborted } from './abort.js';

/** Longest time for one answer. */
const PATIENCE_MS = 300_000;

/** How a worker is asked. @internal */
export interface AskOptions {
  /** The caller's function, for errors. */
  where: string;
  signal?: AbortSignal | undefined;
  /** Makes the error of a worker that ended, or says nothing for minutes. */
  refuse(got: string, cause: unknown): Error;
  transfer?: readonly Transferable[];
}

/**
 * The answer of a worker thread to one message.
 * @throws {AbortError} The signal fired.
 * @internal
 */
export async function askWorker<Reply>(
  worker: Worker,
  message: unknown,
  { where, signal, refuse, transfer = [] }: AskOptions,
): Promise<Reply> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const answer = once(worker, 'message', {
      signal: AbortSignal.any(signal === undefined ? [patience] : [patience, signal]),
    });
    worker.postMessage(message, transfer);
    const [reply] = (await answer) as [Reply];
    return reply;
  } catch (cause) {
    throwIfAborted(signal, where);
    throw refuse(patience.aborted ? `nothing for ${PATIENCE_MS / 1000} s` : String(cause), cause);
  }
}
