import { Worker } from 'node:worker_threads';
import { askWorker } from '../../util/ask_worker.js';
import { workerFile } from '../../util/worker_file.js';
import type { ArrowMessage } from './arrow_frames.js';
import type { ArrowReply } from './arrow_worker.js';

/**
 * Unpacks the bodies of Arrow messages in a thread of its own, which the first packed one starts: a batch takes longer
 * than an event loop may be held.
 * @internal
 */
export class ArrowUnpacker {
  readonly #where: string;
  readonly #signal: AbortSignal | undefined;
  #worker: Worker | undefined;

  constructor(where: string, signal: AbortSignal | undefined) {
    this.#where = where;
    this.#signal = signal;
  }

  /** @throws {RangeError} The body is malformed. @throws {AbortError} The signal fired. */
  async unpack(message: ArrowMessage): Promise<ArrowMessage> {
    this.#worker ??= new Worker(workerFile(import.meta.url, './arrow_worker.js'));
    const reply = await askWorker<ArrowReply>(this.#worker, message, {
      where: this.#where,
      signal: this.#signal,
      refuse: (got, cause) => new RangeError(`a body that cannot be unpacked (${got})`, { cause }),
      transfer: [message.body.buffer],
    });
    if ('error' in reply) throw new RangeError(reply.error);
    return reply;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}
