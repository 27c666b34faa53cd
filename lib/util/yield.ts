import { setImmediate as nextTurn } from 'node:timers/promises';
import { throwIfAborted } from './abort.js';

/** How long a {@link LoopPacer} lets work run before it gives the event loop a turn, in milliseconds. */
const SLICE_MS = 5;

/** What a {@link LoopPacer} takes. @internal */
export interface PacerOptions {
  /** Checked at every pause. */
  signal?: AbortSignal | undefined;
  /** Longest stretch of work between two pauses, in milliseconds; 5 by default. */
  sliceMs?: number;
}

/**
 * Cuts a long loop into slices of a few milliseconds, so that the event loop keeps turning.
 * The test is synchronous and cheap, only the pause is a promise: `if (pacer.isDue()) await pacer.pause();`.
 * @internal
 */
export class LoopPacer {
  readonly #where: string;
  readonly #signal: AbortSignal | undefined;
  readonly #sliceMs: number;
  #sliceEnd: number;

  /**
   * @param where The operation, first word of the error's text when it is aborted.
   * @throws {AbortError} The signal has fired already.
   */
  constructor(where: string, options: PacerOptions = {}) {
    this.#where = where;
    this.#signal = options.signal;
    this.#sliceMs = options.sliceMs ?? SLICE_MS;
    throwIfAborted(this.#signal, where);
    this.#sliceEnd = performance.now() + this.#sliceMs;
  }

  /** Whether the current slice is used up. */
  isDue(): boolean {
    return performance.now() >= this.#sliceEnd;
  }

  /**
   * Gives the event loop one turn and starts the next slice.
   * @throws {AbortError} The signal fired meanwhile.
   */
  async pause(): Promise<void> {
    throwIfAborted(this.#signal, this.#where);
    await nextTurn();
    throwIfAborted(this.#signal, this.#where);
    this.#sliceEnd = performance.now() + this.#sliceMs;
  }
}
