/** How often each of some keys occurs. @internal */
export type Counts = ReadonlyMap<string, number>;

/** How often each key occurs in a list. @internal */
export function countAll(keys: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/**
 * The runs of so many tokens, each as one key.
 * @param tokens None may hold `joint`.
 * @internal
 */
export function countNgrams(tokens: readonly string[], order: number, joint = ' '): Counts {
  if (order === 1) return countAll(tokens);
  const count = Math.max(0, tokens.length - order + 1);
  return countAll(Array.from({ length: count }, (_, i) => tokens.slice(i, i + order).join(joint)));
}

/** How many keys two lists have in common, each as often as in the one where it is rarer. @internal */
export function overlapOf(a: Counts, b: Counts): number {
  let common = 0;
  for (const [key, count] of a) common += Math.min(count, b.get(key) ?? 0);
  return common;
}

/** Of each key the greatest count that any of some lists has. @internal */
export function greatestCounts(lists: readonly Counts[]): Counts {
  if (lists.length === 1) return lists[0]!;
  const greatest = new Map<string, number>();
  for (const counts of lists)
    for (const [key, count] of counts) greatest.set(key, Math.max(count, greatest.get(key) ?? 0));
  return greatest;
}

/** How many there are of all keys. @internal */
export function totalOf(counts: Counts): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}

/** The length nearest to that of a prediction, of two as near the shorter. @internal */
export function closestLength(length: number, references: readonly number[]): number {
  const isNearer = (a: number, b: number): boolean => {
    const [x, y] = [Math.abs(a - length), Math.abs(b - length)];
    return x < y || (x === y && a < b);
  };
  return references.reduce((best, next) => (isNearer(next, best) ? next : best));
}
