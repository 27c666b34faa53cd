import { setImmediate as nextTurn } from 'node:timers/promises';
import { ready } from '../tensor/device.js';
import { DisposedError } from '../util/errors.js';
import type { GenerationCall } from './call.js';
import { chooseTokens } from './choose.js';
import type { GeneratingModel } from './model.js';
import type { Sequence } from './sequence.js';

/** Tokens of new rows that one step reads; a longer one is read alone. */
const PREFILL_TOKENS = 4096;
/** Rows that are written at the same time. */
const MOST_ROWS = 256;

interface Running {
  call: GenerationCall;
  row: Sequence;
}

/**
 * What a model is writing for all its callers: rows join between steps and leave when they end, and with them their pages
 * of the cache. New rows are read together in a step of their own, callers taking turns.
 * Source: Yu et al., Orca (OSDI 2022), section 3.1.
 * @internal
 */
export class Scheduler {
  readonly #model: GeneratingModel;
  readonly #callers: GenerationCall[] = [];
  #cache: ReturnType<GeneratingModel['newCache']> | undefined;
  #running: Running[] = [];
  #isAtWork = false;
  #isDisposed = false;

  constructor(model: GeneratingModel) {
    this.#model = model;
  }

  /** Rows that are being written. */
  get running(): number {
    return this.#running.length;
  }

  /** @throws DisposedError */
  submit(call: GenerationCall): void {
    if (this.#isDisposed) throw this.#disposed();
    this.#callers.push(call);
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    void this.#work();
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const call of this.#calls()) call.fail(this.#disposed());
  }

  #disposed(): DisposedError {
    return new DisposedError(`${this.#model.architecture}.generate: the model was disposed`);
  }

  #calls(): Set<GenerationCall> {
    return new Set([...this.#callers, ...this.#running.map(({ call }) => call)]);
  }

  async #work(): Promise<void> {
    // What is called in one turn of the event loop is read together.
    await nextTurn();
    for (;;) {
      this.#leave();
      const fresh = this.#join();
      if (fresh.length > 0) await this.#step(fresh);
      this.#running.push(...fresh);
      this.#leave();
      if (this.#running.length === 0 && this.#callers.length === 0) break;
      await this.#step(this.#running);
    }
    this.#isAtWork = false;
  }

  /** Forgets rows that have ended, and calls with no row that waits. */
  #leave(): void {
    this.#running = this.#running.filter(({ call, row }) => !call.isOver && !row.hasEnded);
    const waiting = this.#callers.filter(({ waiting }) => waiting.length > 0);
    this.#callers.splice(0, this.#callers.length, ...waiting);
  }

  /** Rows for the next step that reads prompts: a row of each caller in turn while they fit. */
  #join(): Running[] {
    const fresh: Running[] = [];
    let tokens = 0;
    // The model may have been given another element type since it last wrote.
    if (this.#running.length === 0) this.#cache = undefined;
    while (this.#callers.length > 0 && this.#running.length + fresh.length < MOST_ROWS) {
      const [call] = this.#callers as [GenerationCall];
      const [row] = call.waiting as [Sequence];
      const count = row.tokens.length + (row.source?.inputIds.length ?? 0);
      if (tokens > 0 && tokens + count > PREFILL_TOKENS) break;
      tokens += count;
      call.waiting.shift();
      this.#callers.shift();
      if (call.waiting.length > 0) this.#callers.push(call);
      this.#cache ??= this.#model.newCache();
      row.cache = this.#cache.add();
      fresh.push({ call, row });
    }
    return fresh;
  }

  /** Reads what rows have not read, and gives each its next token. */
  async #step(running: readonly Running[]): Promise<void> {
    const rows = running.filter(({ row }) => row.cache !== undefined);
    if (rows.length === 0) return;
    try {
      await ready(this.#model.device);
      const alive = rows.filter(({ row }) => row.cache !== undefined);
      if (alive.length > 0) await this.#write(alive);
    } catch (error) {
      for (const { call } of rows) call.fail(error);
    }
  }

  async #write(rows: readonly Running[]): Promise<void> {
    const steps = rows.map(({ row }) => ({ cache: row.cache!, tokens: row.unread, source: row.source }));
    const logits = this.#model.step(steps);
    try {
      const choices = await chooseTokens(
        logits,
        rows.map(({ row }) => row),
      );
      for (const [i, choice] of choices.entries()) {
        const { call, row } = rows[i]!;
        if (call.isOver) continue;
        try {
          if ('error' in choice) throw choice.error;
          call.push(row, choice.token);
        } catch (error) {
          call.fail(error);
        }
      }
    } finally {
      logits.dispose();
    }
  }
}
