import type { DType } from '../../../tensor/dtype.js';
import { checkOptionNames } from '../../../util/did_you_mean.js';
import { ConfigError, DataError, DisposedError } from '../../../util/errors.js';
import { PageList } from './page_list.js';
import { PagePool, type PoolShape } from './page_pool.js';

/** Tokens of a page, by default. */
const PAGE_SIZE = 16;

/** What a cache needs to know of its model. */
interface CachedModel {
  readonly architecture: string;
  readonly device: string;
  readonly dtype: DType;
}

/**
 * The keys and values of sequences that a model has read, in pages that sequences of all callers share: `model.newCache()`
 * makes one. A sequence's pages are free again when it is disposed; the last one frees the memory.
 *
 * @example
 * ```ts
 * import { AutoModelForCausalLM, GPT2Config } from 'gridstride';
 * const model = AutoModelForCausalLM.fromConfig(new GPT2Config({ vocabSize: 20, nEmbd: 8, nLayer: 1, nHead: 2 }));
 * const cache = model.newCache();
 * const [one, other] = [cache.add(), cache.add()];
 * model.forward({ inputIds: [[2, 7, 9], [4]], pastKeyValues: [one, other] });
 * model.forward({ inputIds: [[5]], pastKeyValues: [other] }); // the other one alone
 * console.log(one.length, other.length, cache.pagesInUse); // 3 2 2
 * one.dispose();
 * other.dispose();
 * ```
 */
export class KeyValueCache {
  readonly #architecture: string;
  readonly #own: PagePool;
  readonly #cross: PagePool | undefined;

  /** @internal @param cross of the encoder's tokens, where there is cross-attention */
  constructor(architecture: string, own: PoolShape, cross?: PoolShape) {
    this.#architecture = architecture;
    this.#own = new PagePool(own);
    this.#cross = cross && new PagePool(cross);
  }

  /** Tokens of a page. */
  get pageSize(): number {
    return this.#own.shape.pageSize;
  }

  /** Pages that sequences hold, those of the encoder's tokens among them. */
  get pagesInUse(): number {
    return this.#own.inUse + (this.#cross?.inUse ?? 0);
  }

  /** Bytes that the cache has taken, those of idle pages among them. */
  get bytes(): number {
    return [this.#own, this.#cross].reduce((sum, pool) => sum + (pool ? pool.capacity * pool.pageBytes : 0), 0);
  }

  /**
   * The cache of a model.
   * @throws ConfigError for an unknown option or a page size that is none
   * @internal
   */
  static of(
    { architecture, device, dtype }: CachedModel,
    sizes: Omit<PoolShape, 'pageSize' | 'dtype' | 'device'>,
    options: { pageSize?: number },
    hasCross = false,
  ): KeyValueCache {
    checkOptionNames(`${architecture}.newCache`, options, ['pageSize']);
    const { pageSize = PAGE_SIZE } = options;
    if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 1 << 16)
      throw new ConfigError(`${architecture}.newCache: pageSize must be an integer from 1 to 65536, got ${pageSize}`);
    const shape = { ...sizes, pageSize, device, dtype };
    return new KeyValueCache(architecture, shape, hasCross ? shape : undefined);
  }

  /** @throws DataError for a model that keeps other keys and values @internal */
  checkIsOf({ architecture, device, dtype }: CachedModel): void {
    const { shape } = this.#own;
    if (architecture === this.#architecture && device === shape.device && dtype === shape.dtype) return;
    const made = `${this.#architecture} in ${shape.dtype} on ${shape.device}`;
    throw new DataError(
      `${architecture}: a cache must be of the model itself, in ${dtype} on ${device}, got one of ${made}`,
    );
  }

  /** New sequences, empty. @internal */
  addAll(count: number): CachedSequence[] {
    return Array.from({ length: count }, () => this.add());
  }

  /** A new sequence, empty. */
  add(): CachedSequence {
    return new CachedSequence(this, new PageList(this.#own), this.#cross && new PageList(this.#cross));
  }
}

/**
 * The part of one sequence in a {@link KeyValueCache}: what the model need not read again. `forward` with
 * `pastKeyValues` goes on from it.
 */
export class CachedSequence {
  readonly cache: KeyValueCache;
  /** Position of the next token. */
  nextPosition = 0;
  #own: PageList | undefined;
  #cross: PageList | undefined;

  /** @internal */
  constructor(cache: KeyValueCache, own: PageList, cross: PageList | undefined) {
    this.cache = cache;
    this.#own = own;
    this.#cross = cross;
  }

  /** Tokens read so far. */
  get length(): number {
    return this.own.length;
  }

  get isDisposed(): boolean {
    return this.#own === undefined;
  }

  /** @internal @throws DisposedError */
  get own(): PageList {
    if (this.#own === undefined) throw new DisposedError('CachedSequence: already disposed');
    return this.#own;
  }

  /** Of the encoder's tokens. @internal */
  get cross(): PageList | undefined {
    return this.#cross;
  }

  /** Another sequence that goes on from the same tokens; full pages are shared, not copied. */
  fork(): CachedSequence {
    const twin = new CachedSequence(this.cache, this.own.fork(), this.#cross?.fork());
    twin.nextPosition = this.nextPosition;
    return twin;
  }

  /** Gives its pages back. */
  dispose(): void {
    this.#own?.cut(0);
    this.#cross?.cut(0);
    this.#own = this.#cross = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
