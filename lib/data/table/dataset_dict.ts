import { didYouMean } from '../../util/did_you_mean.js';
import { DataError } from '../../util/errors.js';
import type { Dataset } from './dataset.js';

/** Gives a dataset for a dataset; its name comes second. */
type Change<Row extends object, Out extends object, Split extends string> = (
  dataset: Dataset<Row>,
  split: Split,
) => Dataset<Out> | Promise<Dataset<Out>>;

/**
 * Datasets by name, such as the train, validation and test parts of one.
 *
 * @example
 * ```ts
 * import { Dataset, DatasetDict } from 'gridstride';
 * const parts = new DatasetDict({
 *   train: Dataset.fromArray([{ text: 'a' }, { text: 'b' }]),
 *   test: Dataset.fromArray([{ text: 'c' }]),
 * });
 * const upper = await parts.each((part) => part.map(({ text }) => ({ text: text.toUpperCase() })));
 * console.log(upper.get('test').at(0), upper.lengths); // { text: 'C' } { train: 2, test: 1 }
 * ```
 */
export class DatasetDict<
  Row extends object = Record<string, unknown>,
  Split extends string = string,
> implements Iterable<[Split, Dataset<Row>]> {
  readonly #parts: ReadonlyMap<Split, Dataset<Row>>;

  constructor(parts: Readonly<Record<Split, Dataset<Row>>>) {
    this.#parts = new Map(Object.entries(parts) as [Split, Dataset<Row>][]);
  }

  /** The names, in order. */
  get splits(): Split[] {
    return [...this.#parts.keys()];
  }

  /** The number of rows of each part. */
  get lengths(): Record<Split, number> {
    return Object.fromEntries([...this.#parts].map(([split, { length }]) => [split, length])) as Record<Split, number>;
  }

  /**
   * One part.
   * @throws {DataError} There is none of that name; the text holds the nearest.
   */
  get(split: Split): Dataset<Row> {
    const part = this.#parts.get(split);
    if (part !== undefined) return part;
    const got = `${split}${didYouMean(split, this.splits)}`;
    throw new DataError(`DatasetDict: split must be one of ${this.splits.join(', ') || 'none'}, got ${got}`, { split });
  }

  /** Whether there is a part of that name. */
  has(split: string): split is Split {
    return this.#parts.has(split as Split);
  }

  [Symbol.iterator](): IterableIterator<[Split, Dataset<Row>]> {
    return this.#parts.entries();
  }

  /** The same change made to every part, one after the other. */
  async each<Out extends object>(change: Change<Row, Out, Split>): Promise<DatasetDict<Out, Split>> {
    const changed: [Split, Dataset<Out>][] = [];
    for (const [split, part] of this) changed.push([split, await change(part, split)]);
    return new DatasetDict<Out, Split>(Object.fromEntries(changed) as Record<Split, Dataset<Out>>);
  }
}
