import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { PhiloxRandom } from '../../util/philox.js';
import { shown } from '../../util/shown.js';
import { LoopPacer } from '../../util/yield.js';
import { type DataLoadOptions, readSources } from '../readers/formats.js';
import { CHUNK_ROWS, type DataSource, toSources } from '../readers/source.js';
import type { SignalOptions } from './base_dataset.js';
import { Dataset } from './dataset.js';
import type { Merged } from './map_rows.js';

/** Makes the rows anew each time they are gone through, some at a time. */
type Opener<Row> = () => AsyncIterable<Row[]>;

/** What {@link IterableDataset.map} takes. */
export interface StreamMapOptions<Removed extends string> extends SignalOptions {
  /** Columns of the old rows that the new ones lack. */
  removeColumns?: Removed | readonly Removed[];
}

/** What {@link IterableDataset.shuffle} takes. */
export interface StreamShuffleOptions {
  /** Integer from 0 to 2^64 - 1; 42 by default. */
  seed?: number | bigint;
  /** Rows kept to draw the next one from; 1000 by default. Fewer than all rows: neighbours stay near one another. */
  bufferSize?: number;
}

function checkCount(where: string, name: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw new ConfigError(`IterableDataset.${where}: ${name} must be an integer from ${least}, got ${shown(value)}`);
}

async function* chunked<Row>(rows: Iterable<Row> | AsyncIterable<Row>): AsyncGenerator<Row[]> {
  const pacer = new LoopPacer('IterableDataset');
  for await (const row of rows) {
    if (typeof row !== 'object' || row === null)
      throw new DataError(`IterableDataset: every row must be an object, got ${shown(row)}`);
    yield [row];
    if (pacer.isDue()) await pacer.pause();
  }
}

/**
 * Rows that are read while they are gone through, from files of any size, in constant memory. Every method gives a new
 * dataset and reads nothing yet; each loop over one reads the files again from their beginning.
 *
 * @example
 * ```ts
 * import { IterableDataset } from 'gridstride';
 * const numbers = IterableDataset.from([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }]);
 * const odd = numbers.filter((row) => row.id % 2 === 1).map((row) => ({ twice: row.id * 2 }));
 * for await (const row of odd.take(1)) console.log(row); // { id: 1, twice: 2 }
 * ```
 */
export class IterableDataset<Row extends object = Record<string, unknown>> implements AsyncIterable<Row> {
  readonly #open: Opener<Row>;

  private constructor(open: Opener<Row>) {
    this.#open = open;
  }

  /**
   * The rows of files of any kind {@link Dataset.load} reads, one file after the other, or of a stream such as
   * `process.stdin` (once). Errors come while rows are read and name file and line.
   *
   * @throws {DataError} A path is none.
   */
  static load<Row extends object = Record<string, unknown>>(
    paths: DataSource | readonly DataSource[],
    options: DataLoadOptions = {},
  ): IterableDataset<Row> {
    const sources = toSources('IterableDataset.load', paths);
    return new IterableDataset<Row>(async function* () {
      for await (const { rows } of readSources('IterableDataset.load', sources, options)) yield rows as Row[];
    });
  }

  /**
   * The rows that anything gives which can be looped over, such as a {@link Dataset} or an async generator.
   * @throws {ConfigError} It cannot be looped over.
   */
  static from<Row extends object>(rows: Iterable<Row> | AsyncIterable<Row>): IterableDataset<Row> {
    const isFit =
      typeof rows === 'object' && rows !== null && (Symbol.iterator in rows || Symbol.asyncIterator in rows);
    if (!isFit) throw new ConfigError(`IterableDataset.from: rows must be iterable, got ${shown(rows)}`);
    return new IterableDataset(() => chunked(rows));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Row> {
    for await (const rows of this.#open()) yield* rows;
  }

  /** Adds what a function, sync or async, returns to each row's columns, as {@link Dataset.map} does. */
  map<Out extends object, Removed extends Extract<keyof Row, string> = never>(
    fn: (row: Readonly<Row>, index: number) => Out | Promise<Out>,
    options: StreamMapOptions<Removed> = {},
  ): IterableDataset<Merged<Omit<Row, Removed>, Out>> {
    checkOptionNames('IterableDataset.map', options, ['removeColumns', 'signal']);
    const { removeColumns = [], signal } = options;
    const removed: readonly string[] = typeof removeColumns === 'string' ? [removeColumns] : removeColumns;
    const open = this.#open;
    return new IterableDataset<Merged<Omit<Row, Removed>, Out>>(async function* () {
      const pacer = new LoopPacer('IterableDataset.map', { signal });
      let index = 0;
      for await (const rows of open()) {
        const mapped: Merged<Omit<Row, Removed>, Out>[] = [];
        for (const row of rows) {
          const returned = fn(row, index++);
          const out = returned instanceof Promise ? await returned : returned;
          if (typeof out !== 'object' || out === null)
            throw new DataError(`IterableDataset.map: the function must return an object, got ${shown(out)}`);
          const merged = { ...row, ...out } as Record<string, unknown>;
          for (const name of removed) if (!(name in out)) delete merged[name];
          mapped.push(merged as Merged<Omit<Row, Removed>, Out>);
          if (pacer.isDue()) await pacer.pause();
        }
        yield mapped;
      }
    });
  }

  /** The rows for which a function, sync or async, returns true. */
  filter(
    fn: (row: Readonly<Row>, index: number) => boolean | Promise<boolean>,
    options: SignalOptions = {},
  ): IterableDataset<Row> {
    checkOptionNames('IterableDataset.filter', options, ['signal']);
    const open = this.#open;
    return new IterableDataset<Row>(async function* () {
      const pacer = new LoopPacer('IterableDataset.filter', options);
      let index = 0;
      for await (const rows of open()) {
        const kept: Row[] = [];
        for (const row of rows) {
          const verdict = fn(row, index++);
          if (typeof verdict === 'boolean' ? verdict : await verdict) kept.push(row);
          if (pacer.isDue()) await pacer.pause();
        }
        yield kept;
      }
    });
  }

  /**
   * Lists of rows, each as long as asked but for the last.
   * @throws {ConfigError} The size is no integer from 1.
   */
  async *batch(size: number, options: { dropLast?: boolean } = {}): AsyncGenerator<Row[]> {
    checkOptionNames('IterableDataset.batch', options, ['dropLast']);
    checkCount('batch', 'size', size, 1);
    let batch: Row[] = [];
    for await (const rows of this.#open()) {
      for (const row of rows) {
        batch.push(row);
        if (batch.length < size) continue;
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0 && options.dropLast !== true) yield batch;
  }

  /**
   * The first rows; nothing past them is read.
   * @throws {ConfigError} The count is no integer from 0.
   */
  take(count: number): IterableDataset<Row> {
    checkCount('take', 'count', count, 0);
    const open = this.#open;
    return new IterableDataset<Row>(async function* () {
      let left = count;
      if (left === 0) return;
      for await (const rows of open()) {
        yield rows.slice(0, left);
        left -= rows.length;
        if (left <= 0) return;
      }
    });
  }

  /**
   * All but the first rows.
   * @throws {ConfigError} The count is no integer from 0.
   */
  skip(count: number): IterableDataset<Row> {
    checkCount('skip', 'count', count, 0);
    const open = this.#open;
    return new IterableDataset<Row>(async function* () {
      let left = count;
      for await (const rows of open()) {
        if (left < rows.length) yield rows.slice(left);
        left = Math.max(0, left - rows.length);
      }
    });
  }

  /**
   * The rows in an order that is random as far as a buffer reaches: each is drawn from those in it, and the next one
   * takes its place. The same for the same seed.
   * @throws {ConfigError} The seed or the size is out of range.
   */
  shuffle(options: StreamShuffleOptions = {}): IterableDataset<Row> {
    checkOptionNames('IterableDataset.shuffle', options, ['seed', 'bufferSize']);
    const { seed = 42, bufferSize = 1000 } = options;
    checkCount('shuffle', 'bufferSize', bufferSize, 1);
    new PhiloxRandom(seed);
    const open = this.#open;
    return new IterableDataset<Row>(async function* () {
      const random = new PhiloxRandom(seed);
      const buffer: Row[] = [];
      for await (const rows of open()) {
        const drawn: Row[] = [];
        for (const row of rows) {
          if (buffer.length < bufferSize) {
            buffer.push(row);
            continue;
          }
          const place = random.nextBelow(bufferSize);
          drawn.push(buffer[place]!);
          buffer[place] = row;
        }
        yield drawn;
      }
      for (let left = buffer.length; left > 0; left--) {
        const place = random.nextBelow(left);
        [buffer[place], buffer[left - 1]] = [buffer[left - 1]!, buffer[place]!];
      }
      for (let start = 0; start < buffer.length; start += CHUNK_ROWS) yield buffer.slice(start, start + CHUNK_ROWS);
    });
  }

  /** All rows in memory. */
  async toDataset(): Promise<Dataset<Row>> {
    const all: Row[] = [];
    for await (const rows of this.#open()) for (const row of rows) all.push(row);
    return Dataset.fromArray(all);
  }
}
