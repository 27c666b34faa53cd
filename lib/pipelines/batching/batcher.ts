import { onAbort, throwIfAborted, toAbortError } from '../../util/abort.js';
import { DataError, DisposedError, OutOfMemoryError, QueueFullError, ShapeError } from '../../util/errors.js';
import { type BatchEntry, FairQueue } from './fair_queue.js';
import { BatchStats, type PipelineStats } from './stats.js';
import { Caller, Task } from './task.js';

/** How a batcher cuts and bounds its work. @internal */
export interface BatcherOptions<Row, Result> {
  /** First word of errors' texts. */
  where: string;
  /** Computes a batch: a result for each row, in their order. */
  compute(rows: readonly Row[]): Promise<readonly Result[]>;
  tokensOf(row: Row): number;
  /** Most tokens of a batch, but for one row that is longer by itself. */
  maxBatchTokens: number;
  /** Longest that rows wait for others to share their batch while nothing is computed, in milliseconds. */
  maxWaitMs: number;
  /** Tasks that may be queued; past it calls are refused. */
  maxQueue: number;
  /** Full batches that are started while another is computed; 0 or 1. */
  ahead: number;
}

/** Whether a batch may fail because of a single one of its rows, or only because there are so many. */
function mayBeOneRow(error: unknown): boolean {
  return error instanceof DataError || error instanceof ShapeError || error instanceof OutOfMemoryError;
}

type Outcome<Result> = { result: Result } | { error: unknown };

/**
 * Merges the rows of concurrent callers into shared batches. A full batch starts as soon as the device is free, and what
 * is less than one waits for others at most `maxWaitMs`; while a batch is computed the next one gathers. Nobody's failure or
 * leaving touches the rows of others. What rows and results are is left to `compute`.
 * @internal
 */
export class Batcher<Row, Result> {
  readonly #options: BatcherOptions<Row, Result>;
  readonly #queue: FairQueue<Row, Result>;
  readonly #callers = new Set<Caller<Row, Result>>();
  readonly #sleeping = new Set<Caller<Row, Result>>();
  readonly #stats = new BatchStats();
  #running = 0;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #isDisposed = false;

  constructor(options: BatcherOptions<Row, Result>) {
    this.#options = options;
    this.#queue = new FairQueue((row) => options.tokensOf(row));
  }

  get stats(): PipelineStats {
    return this.#stats.summary(this.#callers.size);
  }

  /**
   * Begins a call.
   * @param reserves Whether its first task is accepted at once.
   * @throws {QueueFullError} As many tasks wait as may.
   * @throws {DisposedError} After `dispose`.
   * @throws {AbortError} The signal has fired.
   */
  open(signal: AbortSignal | undefined, reserves: boolean): Caller<Row, Result> {
    const { where, maxQueue } = this.#options;
    if (this.#isDisposed) throw new DisposedError(`${where}: the pipeline was disposed`);
    throwIfAborted(signal, where);
    const { queued } = this.#stats;
    if (queued >= maxQueue) {
      this.#stats.rejected += 1;
      throw new QueueFullError(`${where}: at most ${maxQueue} texts may wait, got ${queued}`, { queued, maxQueue });
    }
    const caller = new Caller<Row, Result>();
    this.#callers.add(caller);
    caller.forget = onAbort(signal, () => this.close(caller, toAbortError(signal!, where)));
    if (reserves) caller.reserved = this.#accept(caller);
    return caller;
  }

  /**
   * Whether a caller may have another task queued: half of the queue is for calls with many, but each may have one. If
   * not, the caller is woken when it may.
   */
  hasRoom(caller: Caller<Row, Result>): boolean {
    const hasRoom =
      caller.reserved !== undefined || caller.queued === 0 || 2 * this.#stats.queued < this.#options.maxQueue;
    if (!hasRoom) this.#sleeping.add(caller);
    return hasRoom;
  }

  /** A new task of a caller; its rows follow. */
  accept(caller: Caller<Row, Result>): Task<Row, Result> {
    const { reserved } = caller;
    caller.reserved = undefined;
    return reserved ?? this.#accept(caller);
  }

  /** Puts a task's rows into the queue. */
  submit(task: Task<Row, Result>, rows: readonly Row[]): void {
    if (task.state === 'done') return;
    task.rows = rows;
    if (rows.length === 0) return this.#finish(task);
    this.#queue.add(task);
    this.#plan();
  }

  /** Ends a task with an error. */
  fail(task: Task<Row, Result>, error: unknown): void {
    if (task.state === 'done') return;
    this.#stats.failed += 1;
    this.#end(task, { error });
  }

  /** Ends a call; what it has not got by then is taken out of the queue, or dropped when its batch is done. */
  close(caller: Caller<Row, Result>, error?: unknown): void {
    if (caller.left !== undefined) return;
    caller.left = { error };
    this.#callers.delete(caller);
    this.#sleeping.delete(caller);
    caller.forget();
    for (const task of [...caller.open].reverse()) {
      this.#stats.cancelled += 1;
      this.#end(task, { error });
    }
    caller.wake?.();
    this.#wakeSleeping();
  }

  /** Ends every call with a DisposedError; later ones are refused. */
  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    const error = new DisposedError(`${this.#options.where}: the pipeline was disposed`);
    for (const caller of this.#callers) this.close(caller, error);
  }

  #accept(caller: Caller<Row, Result>): Task<Row, Result> {
    const task = new Task(caller);
    caller.open.add(task);
    caller.queued += 1;
    this.#stats.queued += 1;
    return task;
  }

  /** Sees to it that the next batch starts when it may. */
  #plan(): void {
    if (!this.#mayStart()) return;
    const { maxBatchTokens, maxWaitMs } = this.#options;
    const isFull = this.#queue.tokens >= maxBatchTokens;
    const wait = isFull ? 0 : this.#queue.since + maxWaitMs - performance.now();
    // At the next turn: rows that come together are to leave together.
    if (wait <= 0) this.#turn ??= setImmediate(() => this.#start());
    else this.#timer ??= setTimeout(() => this.#start(), wait);
  }

  #mayStart(): boolean {
    const { maxBatchTokens, ahead } = this.#options;
    if (this.#isDisposed || this.#queue.isEmpty) return false;
    return this.#running === 0 || (this.#running <= ahead && this.#queue.tokens >= maxBatchTokens);
  }

  #start(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#timer = this.#turn = undefined;
    if (!this.#mayStart()) return;
    const entries = this.#queue.take(this.#options.maxBatchTokens);
    for (const { task } of entries) {
      if (task.state !== 'queued') continue;
      task.state = 'running';
      task.startedAt = performance.now();
      task.caller.queued -= 1;
      this.#stats.started(task.acceptedAt);
    }
    this.#running += 1;
    void this.#run(entries);
    this.#wakeSleeping();
    this.#plan();
  }

  async #run(entries: readonly BatchEntry<Row, Result>[]): Promise<void> {
    const start = performance.now();
    const outcomes = await this.#outcomes(entries);
    const tokens = entries.reduce((sum, { task, index }) => sum + this.#options.tokensOf(task.rows[index]!), 0);
    this.#stats.computed({ tokens, rows: entries.length, ms: performance.now() - start });
    this.#running -= 1;
    // First the device gets its next batch, then callers get their results.
    if (this.#queue.tokens >= this.#options.maxBatchTokens) this.#start();
    for (const [i, { task, index }] of entries.entries()) {
      const outcome = outcomes[i]!;
      if ('error' in outcome) this.fail(task, outcome.error);
      else if (task.put(index, outcome.result)) this.#finish(task);
    }
    this.#plan();
  }

  /** The results of a batch. One that fails is computed by halves, down to the rows that cannot be. */
  async #outcomes(entries: readonly BatchEntry<Row, Result>[]): Promise<Outcome<Result>[]> {
    try {
      const results = await this.#options.compute(entries.map(({ task, index }) => task.rows[index]!));
      return results.map((result) => ({ result }));
    } catch (error) {
      if (entries.length === 1 || !mayBeOneRow(error)) return entries.map(() => ({ error }));
      this.#stats.halved += 1;
      const half = Math.ceil(entries.length / 2);
      const first = await this.#outcomes(entries.slice(0, half));
      return [...first, ...(await this.#outcomes(entries.slice(half)))];
    }
  }

  #finish(task: Task<Row, Result>): void {
    if (task.state === 'done') return;
    this.#stats.finished(task.acceptedAt);
    this.#end(task);
  }

  #end(task: Task<Row, Result>, outcome?: { error: unknown }): void {
    this.#queue.remove(task);
    if (task.state === 'running') this.#stats.running -= 1;
    else {
      this.#stats.queued -= 1;
      task.caller.queued -= 1;
    }
    task.caller.open.delete(task);
    task.settle(outcome);
  }

  /** Lets callers go on that wait for room. */
  #wakeSleeping(): void {
    for (const caller of this.#sleeping) {
      if (2 * this.#stats.queued >= this.#options.maxQueue && caller.queued > 0) continue;
      this.#sleeping.delete(caller);
      caller.wake?.();
    }
  }
}
