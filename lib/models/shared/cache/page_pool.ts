import { noGrad } from '../../../autograd/tape.js';
import { zeros } from '../../../tensor/create.js';
import { type DType, dtypeSize } from '../../../tensor/dtype.js';
import { callOne, copyInto, keep, type Tensor, tidy } from '../../../tensor/tensor.js';

/** What pages hold. @internal */
export interface PoolShape {
  layers: number;
  kvHeads: number;
  headSize: number;
  /** Tokens of a page. */
  pageSize: number;
  dtype: DType;
  device: string;
}

/** A pool grows by no more than this at once, beyond what is asked for: what lies idle stays small. */
const LARGEST_STEP = 32 * 2 ** 20;

/**
 * Pages of keys and values, each with room for some tokens in every layer. Sequences hold pages, perhaps several the
 * same one; a page that nobody holds is taken anew.
 * Source: Kwon et al., arXiv 2309.06180, section 4.
 * @internal
 */
export class PagePool {
  readonly shape: PoolShape;
  /** Per layer (pages, page size, Hkv, D); others when the pool has grown. */
  readonly keys: Tensor[] = [];
  readonly values: Tensor[] = [];
  /** Sequences that hold each page. */
  readonly #holders: number[] = [];
  #free: number[] = [];

  constructor(shape: PoolShape) {
    this.shape = shape;
  }

  /** Pages that there is memory for. */
  get capacity(): number {
    return this.#holders.length;
  }

  /** Pages that a sequence holds. */
  get inUse(): number {
    return this.capacity - this.#free.length;
  }

  /** Bytes of a page, all layers together. */
  get pageBytes(): number {
    const { layers, kvHeads, headSize, pageSize, dtype } = this.shape;
    return 2 * layers * pageSize * kvHeads * headSize * dtypeSize(dtype);
  }

  /** Takes memory for so many pages in all: until then no page moves. */
  reserve(pages: number): void {
    if (pages > this.capacity) this.#grow(pages);
  }

  /** A page for one sequence; its contents are anything. */
  take(): number {
    if (this.#free.length === 0) {
      const most = Math.max(1, Math.floor(LARGEST_STEP / this.pageBytes));
      this.#grow(this.capacity + Math.min(Math.max(4, Math.ceil(this.capacity / 2)), most));
    }
    const page = this.#free.pop()!;
    this.#holders[page] = 1;
    return page;
  }

  /** One sequence more holds a page. */
  share(page: number): void {
    this.#holders[page]! += 1;
  }

  isShared(page: number): boolean {
    return this.#holders[page]! > 1;
  }

  /** A page of one sequence's own with the contents of another. */
  copyOf(page: number): number {
    const copy = this.take();
    const at = (cache: Tensor, index: number) => callOne((ops) => ops.slice(cache.handle, 0, index, index + 1));
    noGrad(() =>
      tidy(() => {
        for (const cache of [...this.keys, ...this.values]) copyInto(at(cache, copy), at(cache, page));
      }),
    );
    return copy;
  }

  /** One sequence less holds a page. The last to go frees all memory. */
  drop(page: number): void {
    this.#holders[page]! -= 1;
    if (this.#holders[page] === 0) this.#free.push(page);
    if (this.inUse === 0) this.dispose();
  }

  /** Frees the memory of all pages. */
  dispose(): void {
    for (const cache of [...this.keys.splice(0), ...this.values.splice(0)]) cache.dispose();
    this.#holders.length = 0;
    this.#free = [];
  }

  #grow(pages: number): void {
    const { layers, kvHeads, headSize, pageSize, dtype, device } = this.shape;
    const { capacity } = this;
    // One tensor after the other: no more than one of them exists twice.
    for (const caches of [this.keys, this.values])
      for (let layer = 0; layer < layers; layer++) {
        const larger = keep(zeros([pages, pageSize, kvHeads, headSize], { dtype, device }));
        const smaller = caches[layer];
        if (smaller !== undefined)
          tidy(() =>
            copyInto(
              callOne((ops) => ops.slice(larger.handle, 0, 0, capacity)),
              smaller,
            ),
          );
        smaller?.dispose();
        caches[layer] = larger;
      }
    for (let page = pages - 1; page >= capacity; page--) {
      this.#holders[page] = 0;
      this.#free.push(page);
    }
  }
}
