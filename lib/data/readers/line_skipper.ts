const [LINE_FEED, RETURN] = [0x0a, 0x0d];

/**
 * Passes over empty lines and then over one that is not, in text that comes in pieces; lines end as in CSV files.
 * @internal
 */
export class LineSkipper {
  #place: 'before' | 'within' | 'return' = 'before';

  /** @returns the index behind the line, or undefined when it does not end in these bytes */
  skip(bytes: Buffer): number | undefined {
    let at = 0;
    if (this.#place === 'before') {
      while (isLineEnd(bytes[at])) at += 1;
      if (at < bytes.length) this.#place = 'within';
    }
    if (this.#place === 'within') {
      const ends = [bytes.indexOf(LINE_FEED, at), bytes.indexOf(RETURN, at)].filter((end) => end >= 0);
      if (ends.length === 0) return undefined;
      at = Math.min(...ends) + 1;
      if (bytes[at - 1] === LINE_FEED) return at;
      this.#place = 'return';
    }
    if (at === bytes.length) return undefined;
    return bytes[at] === LINE_FEED ? at + 1 : at;
  }
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === LINE_FEED || byte === RETURN;
}
