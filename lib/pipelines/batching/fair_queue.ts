import type { Caller, Task } from './task.js';

/** One row of a batch: which of a task's rows it is. @internal */
export interface BatchEntry<Row, Result> {
  readonly task: Task<Row, Result>;
  readonly index: number;
}

/**
 * Rows that wait for a batch. Callers take turns, a row each: one with very many rows delays another by no more than the
 * batch under way. Each caller's own rows keep their order.
 * @internal
 */
export class FairQueue<Row, Result> {
  /** Callers with waiting rows; who stands first has waited longest for a turn. */
  readonly #ring = new Set<Caller<Row, Result>>();
  readonly #tokensOf: (row: Row) => number;
  #tokens = 0;
  #since = 0;

  constructor(tokensOf: (row: Row) => number) {
    this.#tokensOf = tokensOf;
  }

  /** Tokens of all rows that wait. */
  get tokens(): number {
    return this.#tokens;
  }

  get isEmpty(): boolean {
    return this.#ring.size === 0;
  }

  /** When the queue last got its first row. */
  get since(): number {
    return this.#since;
  }

  /** Puts a task's rows behind those of its caller. */
  add(task: Task<Row, Result>): void {
    if (this.isEmpty) this.#since = performance.now();
    task.caller.waiting.push(task);
    this.#ring.add(task.caller);
    this.#tokens += this.#waitingTokens(task);
  }

  /** Takes out the rows of a task that no batch has. */
  remove(task: Task<Row, Result>): void {
    const { caller } = task;
    const place = caller.waiting.indexOf(task);
    if (place < 0) return;
    caller.waiting.splice(place, 1);
    this.#tokens -= this.#waitingTokens(task);
    if (caller.waiting.length === 0) this.#ring.delete(caller);
  }

  /**
   * The rows of the next batch, at most `budget` tokens; a row with more is alone. A caller whose row no longer fits keeps
   * its place, which is then at the front of the batch after.
   */
  take(budget: number): BatchEntry<Row, Result>[] {
    const entries: BatchEntry<Row, Result>[] = [];
    let total = 0;
    // A set's iteration comes to what is put at its end meanwhile: round after round, until nobody's row fits.
    for (const caller of this.#ring) {
      const task = caller.waiting[0]!;
      const tokens = this.#tokensOf(task.rows[task.taken]!);
      if (total > 0 && total + tokens > budget) continue;
      entries.push({ task, index: task.taken });
      total += tokens;
      task.taken += 1;
      if (task.taken === task.rows.length) caller.waiting.shift();
      this.#ring.delete(caller);
      if (caller.waiting.length > 0) this.#ring.add(caller);
      if (total >= budget) break;
    }
    this.#tokens -= total;
    return entries;
  }

  #waitingTokens({ rows, taken }: Task<Row, Result>): number {
    let total = 0;
    for (let i = taken; i < rows.length; i++) total += this.#tokensOf(rows[i]!);
    return total;
  }
}
