/**
 * The places in `a`, from the last, of one longest common subsequence of two lists: which of several is rouge_score's
 * choice. It takes a bit for each pair of items.
 * @internal
 */
export function lcsPlaces(a: readonly string[], b: readonly string[]): number[] {
  const width = b.length + 1;
  // Where the best of shorter lists is found by leaving out the last of `b`, not of `a`.
  const isLeft = new Uint8Array(Math.ceil(((a.length + 1) * width) / 8));
  let before = new Uint32Array(width);
  let row = new Uint32Array(width);
  for (const [i, item] of a.entries()) {
    for (let j = 1; j < width; j++) {
      const [up, left] = [before[j]!, row[j - 1]!];
      row[j] = item === b[j - 1] ? before[j - 1]! + 1 : Math.max(up, left);
      const at = (i + 1) * width + j;
      if (left > up) isLeft[at >> 3]! |= 1 << (at & 7);
    }
    [before, row] = [row, before];
  }
  const places: number[] = [];
  for (let [i, j] = [a.length, b.length]; i > 0 && j > 0;) {
    const at = i * width + j;
    if (a[i - 1] === b[j - 1]) {
      places.push(i - 1);
      [i, j] = [i - 1, j - 1];
    } else if ((isLeft[at >> 3]! & (1 << (at & 7))) !== 0) j -= 1;
    else i -= 1;
  }
  return places;
}

/** The places in a line that are part of a longest common subsequence with any of some lines, ascending. @internal */
export function unionOfLcs(line: readonly string[], others: readonly string[][]): number[] {
  return [...new Set(others.flatMap((other) => lcsPlaces(line, other)))].sort((a, b) => a - b);
}
