import { Batcher, type BatcherOptions } from '../../../lib/pipelines/batching/batcher.js';
import type { Caller } from '../../../lib/pipelines/batching/task.js';

/** A row is its name and its tokens. */
export interface Row {
  name: string;
  tokens: number;
}

/** A device whose batches end when the test says so, and the batcher that feeds it. */
export class FakeDevice {
  /** Names of the rows of every batch so far. */
  readonly batches: string[][] = [];
  readonly batcher: Batcher<Row, string>;
  /** Error of a batch with a row of this name. */
  readonly poison = new Map<string, Error>();
  /** Whether batches end by themselves. */
  isFree = false;
  #ends: (() => void)[] = [];

  constructor(options: Partial<BatcherOptions<Row, string>> = {}) {
    const limits = { maxBatchTokens: 10, maxWaitMs: 0, maxQueue: 1000, ahead: 0 };
    this.batcher = new Batcher<Row, string>({
      where: 'test',
      tokensOf: ({ tokens }) => tokens,
      compute: (rows) => this.#compute(rows),
      ...limits,
      ...options,
    });
  }

  /** A call with a task for each row: its results in order. */
  call(rows: readonly Row[], signal?: AbortSignal): { caller: Caller<Row, string>; results: Promise<string>[] } {
    const caller = this.batcher.open(signal, rows.length > 0);
    const results = rows.map(async (row) => {
      const task = this.batcher.accept(caller);
      this.batcher.submit(task, [row]);
      return (await task.done)[0]!;
    });
    for (const result of results) result.catch(() => {});
    return { caller, results };
  }

  /** Ends the batch that began first, and waits until what follows from it has happened. */
  async endBatch(): Promise<void> {
    this.#ends.shift()!();
    await turns();
  }

  async #compute(rows: readonly Row[]): Promise<string[]> {
    this.batches.push(rows.map(({ name }) => name));
    if (!this.isFree) await new Promise<void>((resolve) => this.#ends.push(resolve));
    for (const { name } of rows) if (this.poison.has(name)) throw this.poison.get(name)!;
    return rows.map(({ name }) => `<${name}>`);
  }
}

/** Rows of one token with names of a prefix and a number. */
export function rowsOf(prefix: string, count: number, tokens = 1): Row[] {
  return Array.from({ length: count }, (_, i) => ({ name: `${prefix}${i}`, tokens }));
}

/** Some turns of the event loop. */
export async function turns(count = 3): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
