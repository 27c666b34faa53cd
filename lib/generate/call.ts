import { onAbort, toAbortError } from '../util/abort.js';
import { AbortError } from '../util/errors.js';
import type { Sequence } from './sequence.js';

/** What a call hears of its rows as they are written. @internal */
export type TokenListener = (row: number, token: number, isLast: boolean) => void;

/** The rows of one call of `generate`. @internal */
export class GenerationCall {
  readonly rows: readonly Sequence[];
  /** Rows that no step has read. */
  readonly waiting: Sequence[];
  /** Settled when all rows have ended, or with the first error. */
  readonly done: Promise<void>;
  isOver = false;
  #left: number;
  readonly #onToken: TokenListener | undefined;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  readonly #unlisten: () => void;

  constructor(where: string, rows: readonly Sequence[], signal: AbortSignal | undefined, onToken?: TokenListener) {
    const { promise, resolve, reject } = withResolvers();
    this.rows = rows;
    this.waiting = [...rows];
    this.#left = rows.length;
    this.#onToken = onToken;
    [this.done, this.#resolve, this.#reject] = [promise, resolve, reject];
    promise.catch(() => {});
    this.#unlisten = onAbort(signal, () => this.fail(toAbortError(signal!, where)));
    if (rows.length === 0) this.#settle();
  }

  /** Adds a token to a row. @throws whatever a function of the caller's throws */
  push(row: Sequence, token: number): void {
    const isLast = row.push(token);
    this.#onToken?.(row.index, token, isLast);
    if (!isLast) return;
    if (!row.settings.returnCache) row.release();
    if (--this.#left === 0) this.#settle();
  }

  /** Ends the call; its rows' part of the cache is given back. */
  fail(error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#unlisten();
    for (const row of this.rows) row.release();
    this.waiting.length = 0;
    this.#reject(error);
  }

  /** Ends the call where nobody waits for it any more. */
  cancel(): void {
    this.fail(new AbortError('generate: the caller has left'));
  }

  #settle(): void {
    this.isOver = true;
    this.#unlisten();
    this.#resolve();
  }
}

function withResolvers() {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}
