/** Where a task stands: accepted, in a batch, or with its promise settled. */
export type TaskState = 'queued' | 'running' | 'done';

/**
 * What a caller wants computed as one thing, such as a text: one row, or several whose results belong together.
 * @internal
 */
export class Task<Row, Result> {
  readonly caller: Caller<Row, Result>;
  /** When it was accepted, and when its first row went into a batch, on the clock of `performance.now()`. */
  readonly acceptedAt = performance.now();
  startedAt = 0;
  state: TaskState = 'queued';
  rows: readonly Row[] = [];
  /** Rows that batches have taken. */
  taken = 0;
  /** Results of all rows, in their order. */
  readonly done: Promise<Result[]>;
  readonly #results: Result[] = [];
  #computed = 0;
  #resolve!: (results: Result[]) => void;
  #reject!: (error: unknown) => void;

  constructor(caller: Caller<Row, Result>) {
    this.caller = caller;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A caller that has left no longer listens.
    this.done.catch(() => {});
  }

  /** Takes in a row's result; returns whether it was the last. */
  put(index: number, result: Result): boolean {
    this.#results[index] = result;
    this.#computed += 1;
    return this.#computed === this.rows.length;
  }

  /** Settles the promise with all results, or with an error. */
  settle(outcome?: { error: unknown }): void {
    this.state = 'done';
    if (outcome === undefined) this.#resolve(this.#results);
    else this.#reject(outcome.error);
  }
}

/**
 * One call of a service, with any number of tasks.
 * @internal
 */
export class Caller<Row, Result> {
  /** Every task that is not settled. */
  readonly open = new Set<Task<Row, Result>>();
  /** Tasks with rows that no batch has taken, first come first served. */
  readonly waiting: Task<Row, Result>[] = [];
  /** Tasks of which nothing is in a batch. */
  queued = 0;
  /** A task that was accepted with the call, for its first text. */
  reserved: Task<Row, Result> | undefined;
  /** Why the caller has left; undefined while it is there. */
  left: { error: unknown } | undefined;
  /** Called when it leaves, and when there is room for another task: what a call that waits sleeps on. */
  wake: (() => void) | undefined;
  /** Stops listening to the caller's signal. */
  forget: () => void = () => {};
}
