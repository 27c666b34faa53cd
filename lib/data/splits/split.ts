import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { ascending, PhiloxRandom } from '../../util/philox.js';
import { LoopPacer } from '../../util/yield.js';
import { type RowSource, checkColumn } from '../table/row_source.js';

/** What {@link Dataset.trainTestSplit} takes. */
export interface SplitOptions<Column extends string = string> {
  /** Share in (0, 1), or number of rows (of groups with `groupByColumn`), of the test part; 0.25 by default. */
  testSize?: number;
  /** Integer from 0 to 2^64 - 1; 42 by default. */
  seed?: number | bigint;
  /** Whether rows are drawn at random (the default) or cut off the end. */
  shuffle?: boolean;
  /** Column whose values keep their shares in both parts. */
  stratifyByColumn?: Column;
  /** Column whose equal values stay in one part, such as the author of a text. */
  groupByColumn?: Column;
  signal?: AbortSignal | undefined;
}

const OPTION_NAMES = ['testSize', 'seed', 'shuffle', 'stratifyByColumn', 'groupByColumn', 'signal'];

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

/**
 * How many rows each part gets. A share below 1 of the test part is rounded up, as scikit-learn does.
 *
 * @throws {ConfigError} The size is neither a share in (0, 1) nor a count in [1, length).
 * @internal
 */
export function splitSizes(length: number, testSize: number, what = 'rows'): SplitSizes {
  const isShare = testSize > 0 && testSize < 1;
  const isCount = Number.isInteger(testSize) && testSize >= 1 && testSize < length;
  if (!isShare && !isCount) {
    const rule = 'testSize must be a share in (0, 1) or a number of rows from 1 to length - 1';
    throw new ConfigError(`trainTestSplit: ${rule}, got ${testSize} for ${length} ${what}`, { testSize, length });
  }
  const test = isShare ? Math.ceil(testSize * length) : testSize;
  if (test >= length) {
    const rule = 'both parts must get a row';
    throw new DataError(`trainTestSplit: ${rule}, got testSize ${testSize} for ${length} ${what}`, {
      testSize,
      length,
    });
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

/**
 * Rows of each value of a column, in order of appearance.
 * @internal
 */
export async function groupRows(
  rows: RowSource<object>,
  column: string,
  pacer: LoopPacer,
): Promise<Map<unknown, number[]>> {
  const groups = new Map<unknown, number[]>();
  for (let index = 0; index < rows.length; index++) {
    const label = (rows.at(index) as Record<string, unknown>)[column];
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

/** Rows split so that each class has the same share of both parts, to within a row. */
async function stratifiedSplit(
  groups: Map<unknown, number[]>,
  sizes: SplitSizes,
  random: PhiloxRandom,
  pacer: LoopPacer,
): Promise<SplitIndices> {
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
  const split = { train: joinIndices(train), test: joinIndices(test) };
  await shuffleInPlace(split.train, random, pacer);
  await shuffleInPlace(split.test, random, pacer);
  return split;
}

/**
 * Lists of indices one after the other.
 * @internal
 */
export function joinIndices(parts: readonly ArrayLike<number>[]): Uint32Array {
  const joined = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    joined.set(part, end);
    end += part.length;
  }
  return joined;
}

/** Rows split at random, or in file order when `random` is undefined. */
async function plainSplit(
  sizes: SplitSizes,
  random: PhiloxRandom | undefined,
  pacer: LoopPacer,
): Promise<SplitIndices> {
  const order = ascending(sizes.train + sizes.test);
  if (random !== undefined) await shuffleInPlace(order, random, pacer);
  return { train: order.slice(0, sizes.train), test: order.slice(sizes.train) };
}

/**
 * Rows 0 .. length - 1 in two parts, each in file order.
 * @internal
 */
export async function partition(
  length: number,
  isTest: (row: number) => boolean,
  pacer: LoopPacer,
): Promise<SplitIndices> {
  const [train, test] = [new Uint32Array(length), new Uint32Array(length)];
  let tests = 0;
  for (let row = 0; row < length; row++) {
    if (isTest(row)) test[tests++] = row;
    else train[row - tests] = row;
    if ((row & 1023) === 0 && pacer.isDue()) await pacer.pause();
  }
  return { train: train.slice(0, length - tests), test: test.slice(0, tests) };
}

/** Whole groups split at random; the rows of each part in file order, then shuffled with `random`. */
async function groupedSplit(
  groups: readonly number[][],
  testSize: number,
  random: PhiloxRandom | undefined,
  pacer: LoopPacer,
): Promise<SplitIndices> {
  const order = await plainSplit(splitSizes(groups.length, testSize, 'groups'), random, pacer);
  const chosen = joinIndices(Array.from(order.test, (group) => groups[group]!));
  const isTest = new Uint8Array(groups.reduce((sum, { length }) => sum + length, 0));
  for (const row of chosen) isTest[row] = 1;
  const split = await partition(isTest.length, (row) => isTest[row] === 1, pacer);
  if (random !== undefined) for (const part of [split.train, split.test]) await shuffleInPlace(part, random, pacer);
  return split;
}

/**
 * Refuses options of a split or of folds that go with no other, and columns that are not there.
 * @throws {ConfigError} Two columns, or a stratified order that is not random.
 * @throws {DataError} There is no such column.
 * @internal
 */
export function checkSplitColumns(
  where: string,
  rows: RowSource<object>,
  { stratifyByColumn: stratify, groupByColumn: group }: SplitOptions,
): void {
  if (stratify !== undefined && group !== undefined) {
    const got = `${stratify} and ${group}`;
    throw new ConfigError(`${where}: stratifyByColumn and groupByColumn exclude each other, got ${got}`);
  }
  for (const column of [stratify, group]) if (column !== undefined) checkColumn(rows, where, column);
}

/**
 * The parts of {@link Dataset.trainTestSplit}.
 * @internal
 */
export async function splitIndices(
  rows: RowSource<object>,
  options: SplitOptions & { seed: number | bigint },
): Promise<SplitIndices> {
  checkOptionNames('trainTestSplit', options, OPTION_NAMES);
  checkSplitColumns('trainTestSplit', rows, options);
  const { testSize = 0.25, shuffle = true, stratifyByColumn: stratify, groupByColumn: group } = options;
  const pacer = new LoopPacer('trainTestSplit', options);
  const random = new PhiloxRandom(options.seed);
  const drawn = shuffle ? random : undefined;
  if (group !== undefined) {
    const groups = await groupRows(rows, group, pacer);
    return groupedSplit([...groups.values()], testSize, drawn, pacer);
  }
  const sizes = splitSizes(rows.length, testSize);
  if (stratify === undefined) return plainSplit(sizes, drawn, pacer);
  if (!shuffle) {
    const rule = 'stratifyByColumn needs shuffle';
    throw new ConfigError(`trainTestSplit: ${rule}, got shuffle false`, { stratifyByColumn: stratify });
  }
  return stratifiedSplit(await groupRows(rows, stratify, pacer), sizes, random, pacer);
}
