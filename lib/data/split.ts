import { ConfigError, DataError } from '../util/errors.js';
import { ascending, type PhiloxRandom } from '../util/philox.js';
import { type LoopPacer } from '../util/yield.js';

/**
 * Row indices of the two parts of a split.
 * @internal
 */
export interface SplitIndices {
  train: Uint32Array;
  test: Uint32Array;
}

/**
 * Number of rows of each part.
 * @internal
 */
export interface SplitSizes {
  train: number;
  test: number;
}

type LabelOf = (index: number) => unknown;

/**
 * How many rows each part gets. A share below 1 of the test part is rounded up, as scikit-learn does.
 *
 * @throws {ConfigError} The size is neither a share in (0, 1) nor a count in [1, length).
 * @internal
 */
export function splitSizes(length: number, testSize: number): SplitSizes {
  const isShare = testSize > 0 && testSize < 1;
  const isCount = Number.isInteger(testSize) && testSize >= 1 && testSize < length;
  if (!isShare && !isCount) {
    const rule = 'testSize must be a share in (0, 1) or a number of rows from 1 to length - 1';
    throw new ConfigError(`trainTestSplit: ${rule}, got ${testSize} for ${length} rows`, { testSize, length });
  }
  const test = isShare ? Math.ceil(testSize * length) : testSize;
  if (test >= length) {
    const rule = 'both parts must get a row';
    throw new DataError(`trainTestSplit: ${rule}, got testSize ${testSize} for ${length} rows`, { testSize, length });
  }
  return { train: length - test, test };
}

/**
 * Seeded Fisher-Yates shuffle in place that gives the event loop its turns.
 * @internal
 */
export async function shuffleInPlace(order: Uint32Array, random: PhiloxRandom, pacer: LoopPacer): Promise<void> {
  for (let last = order.length - 1; last > 0; last--) {
    const other = random.nextBelow(last + 1);
    const kept = order[last]!;
    order[last] = order[other]!;
    order[other] = kept;
    if ((last & 1023) === 0 && pacer.isDue()) await pacer.pause();
  }
}

/**
 * The whole numbers nearest to the classes' shares of `draws`, adding up to it: floors first, then one more to the
 * largest remainders, equal remainders in random order. This is scikit-learn's rule (`_approximate_mode`).
 * @internal
 */
export function proportionalCounts(classCounts: readonly number[], draws: number, random: PhiloxRandom): number[] {
  const total = classCounts.reduce((sum, count) => sum + count, 0);
  const exact = classCounts.map((count) => (count / total) * draws);
  const counts = exact.map(Math.floor);
  const missing = draws - counts.reduce((sum, count) => sum + count, 0);
  const order = exact.map((share, index) => ({
    index,
    remainder: share - Math.floor(share),
    tie: random.nextUint32(),
  }));
  order.sort((a, b) => b.remainder - a.remainder || a.tie - b.tie);
  for (const { index } of order.slice(0, missing)) counts[index]! += 1;
  return counts;
}

async function groupByClass(length: number, labelOf: LabelOf, pacer: LoopPacer): Promise<Map<unknown, number[]>> {
  const groups = new Map<unknown, number[]>();
  for (let index = 0; index < length; index++) {
    const label = labelOf(index);
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [index]);
    else group.push(index);
    if (pacer.isDue()) await pacer.pause();
  }
  return groups;
}

function checkClasses(groups: Map<unknown, number[]>, sizes: SplitSizes): void {
  for (const [label, { length }] of groups) {
    if (length >= 2) continue;
    const rule = 'each class must have at least 2 rows to be stratified';
    throw new DataError(`trainTestSplit: ${rule}, got ${length} of class ${String(label)}`, { label, rows: length });
  }
  for (const [part, rows] of Object.entries(sizes)) {
    if (rows >= groups.size) continue;
    const rule = `the ${part} part must have at least a row for each class`;
    throw new DataError(`trainTestSplit: ${rule}, got ${rows} rows and ${groups.size} classes`, { rows });
  }
}

/**
 * Splits rows so that each class has the same share of both parts, to within a row.
 *
 * @param labelOf The class of a row; any values that compare as map keys.
 * @throws {DataError} A class has fewer than two rows, or a part has fewer rows than there are classes.
 * @internal
 */
export async function stratifiedSplit(
  labelOf: LabelOf,
  sizes: SplitSizes,
  random: PhiloxRandom,
  pacer: LoopPacer,
): Promise<SplitIndices> {
  const groups = await groupByClass(sizes.train + sizes.test, labelOf, pacer);
  checkClasses(groups, sizes);
  const members = [...groups.values()].map((group) => Uint32Array.from(group));
  const counts = members.map((group) => group.length);
  const trainCounts = proportionalCounts(counts, sizes.train, random);
  const left = counts.map((count, i) => count - trainCounts[i]!);
  const testCounts = proportionalCounts(left, sizes.test, random);
  const train: Uint32Array[] = [];
  const test: Uint32Array[] = [];
  for (const [i, group] of members.entries()) {
    await shuffleInPlace(group, random, pacer);
    train.push(group.subarray(0, trainCounts[i]!));
    test.push(group.subarray(trainCounts[i]!, trainCounts[i]! + testCounts[i]!));
  }
  const split = { train: join(train, sizes.train), test: join(test, sizes.test) };
  await shuffleInPlace(split.train, random, pacer);
  await shuffleInPlace(split.test, random, pacer);
  return split;
}

function join(parts: readonly Uint32Array[], length: number): Uint32Array {
  const joined = new Uint32Array(length);
  let end = 0;
  for (const part of parts) {
    joined.set(part, end);
    end += part.length;
  }
  return joined;
}

/**
 * Splits rows at random, or in file order when `random` is undefined.
 * @internal
 */
export async function plainSplit(
  sizes: SplitSizes,
  random: PhiloxRandom | undefined,
  pacer: LoopPacer,
): Promise<SplitIndices> {
  const order = ascending(sizes.train + sizes.test);
  if (random !== undefined) await shuffleInPlace(order, random, pacer);
  return { train: order.slice(0, sizes.train), test: order.slice(sizes.train) };
}
