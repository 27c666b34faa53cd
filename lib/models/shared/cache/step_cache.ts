import { attentionDecode, type AttentionDecodeOptions, cacheAppend } from '../../../ops/index.js';
import { tensor } from '../../../tensor/create.js';
import { Segments } from '../../../tensor/segments.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { PageList } from './page_list.js';
import type { PagePool } from './page_pool.js';

/** What a pass adds to the scores of a query over cached keys, and multiplies them by. */
type Scoring = Pick<AttentionDecodeOptions, 'scale'> & { bias?: unknown };

/** Where one pass finds and puts keys and values of one kind of attention. @internal */
export class CachePart {
  readonly #pool: PagePool;
  readonly #reading: Omit<AttentionDecodeOptions, 'scale' | 'bias'>;
  readonly #slots: Tensor | undefined;

  /** @param slots of the tokens that are new to the cache (T) */
  constructor(pool: PagePool, reading: Omit<AttentionDecodeOptions, 'scale' | 'bias'>, slots: Tensor | undefined) {
    this.#pool = pool;
    this.#reading = reading;
    this.#slots = slots;
  }

  /** @param k (T, Hkv, D) @param v (T, Hkv, D) */
  append(layer: number, k: Tensor, v: Tensor): void {
    if (this.#slots !== undefined) cacheAppend(this.#pool.keys[layer]!, this.#pool.values[layer]!, k, v, this.#slots);
  }

  /** Attention of new tokens to all of their sequence up to themselves. @param q (T, H, D) @returns (T, H, D) */
  attend(layer: number, q: Tensor, scoring: Scoring): Tensor {
    const options = { ...this.#reading, ...scoring } as AttentionDecodeOptions;
    return attentionDecode(q, this.#pool.keys[layer]!, this.#pool.values[layer]!, options);
  }
}

/** The cache as one pass reads and writes it. @internal */
export interface StepCache {
  own: CachePart;
  /** Of the encoder's tokens. */
  cross: CachePart | undefined;
  /** Whether no sequence has tokens of earlier passes: attention then needs no pages. */
  isFirst: boolean;
}

/** Pages of each sequence as a table (B, most pages of a sequence), and their tokens (B). */
function tablesOf(lists: readonly PageList[], device: string): { pageTable: Tensor; kvLengths: Tensor } {
  const width = lists.reduce((most, { pages }) => Math.max(most, pages.length), 1);
  const table = new Int32Array(lists.length * width);
  lists.forEach(({ pages }, row) => table.set(pages, row * width));
  const lengths = Int32Array.from(lists, ({ length }) => length);
  return {
    pageTable: tensor(table, { shape: [lists.length, width], device }),
    kvLengths: tensor(lengths, { device }),
  };
}

/** The part of a pass over sequences, whose pages have room for its tokens. @internal */
export function ownPart(lists: readonly PageList[], slots: readonly number[], segments: Segments): CachePart {
  const { device } = segments.cuSeqlens;
  const reading = { q: segments, ...tablesOf(lists, device) };
  return new CachePart(lists[0]!.pool, reading, tensor(Int32Array.from(slots), { device }));
}

/**
 * The part of the encoder's tokens, all of which every new token sees: each reads as a sequence of its own.
 * @param slots of the encoder's tokens, where these are new
 * @internal
 */
export function crossPart(
  lists: readonly PageList[],
  slots: readonly number[] | undefined,
  { lengths, cuSeqlens: { device } }: Segments,
): CachePart {
  const perToken = lengths.flatMap((length, row) => Array.from({ length }, () => lists[row]!));
  const alone = Segments.fromLengths(
    perToken.map(() => 1),
    device,
  );
  const reading = { q: alone, ...tablesOf(perToken, device) };
  return new CachePart(lists[0]!.pool, reading, slots && tensor(Int32Array.from(slots), { device }));
}
