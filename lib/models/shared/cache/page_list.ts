import type { PagePool } from './page_pool.js';

/** The pages of one sequence, in order, and how many of its tokens they hold. @internal */
export class PageList {
  readonly pool: PagePool;
  readonly pages: number[] = [];
  #length = 0;

  constructor(pool: PagePool) {
    this.pool = pool;
  }

  /** Tokens held. */
  get length(): number {
    return this.#length;
  }

  /** Makes room for more tokens. @returns the slot of each: page · page size + place in the page */
  extend(tokens: number): number[] {
    const { pool, pages } = this;
    const { pageSize } = pool.shape;
    const used = this.#length % pageSize;
    const last = pages.at(-1);
    if (tokens > 0 && used > 0 && pool.isShared(last!)) {
      pages[pages.length - 1] = pool.copyOf(last!);
      pool.drop(last!);
    }
    while (pages.length * pageSize < this.#length + tokens) pages.push(pool.take());
    const slots = Array.from({ length: tokens }, (_, i) => {
      const at = this.#length + i;
      return pages[Math.floor(at / pageSize)]! * pageSize + (at % pageSize);
    });
    this.#length += tokens;
    return slots;
  }

  /** Forgets the tokens from the given one on. */
  cut(length: number): void {
    const needed = Math.ceil(length / this.pool.shape.pageSize);
    for (const page of this.pages.splice(needed)) this.pool.drop(page);
    this.#length = Math.min(this.#length, length);
  }

  /** Another sequence that begins with the same tokens. */
  fork(): PageList {
    const twin = new PageList(this.pool);
    for (const page of this.pages) this.pool.share(page);
    twin.pages.push(...this.pages);
    twin.#length = this.#length;
    return twin;
  }
}
