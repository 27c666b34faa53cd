import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { PhiloxRandom, ascending } from '../../util/philox.js';
import { LoopPacer } from '../../util/yield.js';
import { compareValues } from '../table/sort_rows.js';
import type { RowSource } from '../table/row_source.js';
import { type SplitIndices, checkSplitColumns, groupRows, partition, shuffleInPlace } from './split.js';

/** What {@link Dataset.kFold} takes. */
export interface FoldOptions<Column extends string = string> {
  /** Integer from 0 to 2^64 - 1; 42 by default. */
  seed?: number | bigint;
  /** Whether rows come to folds at random (the default) or as scikit-learn cuts them from the file's order. */
  shuffle?: boolean;
  /** Column whose values keep their shares in every fold. */
  stratifyByColumn?: Column;
  /** Column whose equal values stay in one fold; groups are dealt by size, `shuffle` only orders equal ones. */
  groupByColumn?: Column;
  signal?: AbortSignal | undefined;
}

const OPTION_NAMES = ['seed', 'shuffle', 'stratifyByColumn', 'groupByColumn', 'signal'];

/** What dealing rows to folds takes. */
interface Deal {
  rows: RowSource<object>;
  k: number;
  random: PhiloxRandom | undefined;
  pacer: LoopPacer;
}

function tooFew(rule: string, got: string, fields: Record<string, unknown>): DataError {
  return new DataError(`kFold: ${rule}, got ${got}`, fields);
}

/** Sizes that differ by one at most, the larger first. */
function sizesOf(length: number, k: number): number[] {
  return Array.from({ length: k }, (_, fold) => Math.floor(length / k) + (fold < length % k ? 1 : 0));
}

/** The fold of each row; folds are runs of a plain or shuffled order. Source: scikit-learn's `KFold`. */
async function plainFolds({ rows, k, random, pacer }: Deal): Promise<Uint32Array> {
  if (rows.length < k) throw tooFew(`there must be a row for each of ${k} folds`, `${rows.length} rows`, { k });
  const order = ascending(rows.length);
  if (random !== undefined) await shuffleInPlace(order, random, pacer);
  const folds = new Uint32Array(rows.length);
  let start = 0;
  for (const [fold, size] of sizesOf(rows.length, k).entries()) {
    for (const row of order.subarray(start, start + size)) folds[row] = fold;
    start += size;
  }
  return folds;
}

/**
 * Each fold gets of each class what a run of every k-th row of the rows sorted by class has of it. Source:
 * scikit-learn's `StratifiedKFold`.
 */
async function stratifiedFolds({ rows, k, random, pacer }: Deal, column: string): Promise<Uint32Array> {
  const classes = [...(await groupRows(rows, column, pacer))];
  for (const [label, { length }] of classes) {
    if (length >= k) continue;
    const rule = `each class must have a row for each of ${k} folds to be stratified`;
    throw tooFew(rule, `${length} of class ${String(label)}`, { label, rows: length, k });
  }
  const folds = new Uint32Array(rows.length);
  let start = 0;
  for (const [, members] of classes) {
    // Row i of the sorted order counts for fold i mod k.
    const counts = Array.from({ length: k }, (_, fold) => {
      const first = (((fold - start) % k) + k) % k;
      return first < members.length ? Math.ceil((members.length - first) / k) : 0;
    });
    start += members.length;
    const dealt = new Uint32Array(members.length);
    let end = 0;
    for (const [fold, count] of counts.entries()) dealt.fill(fold, end, (end += count));
    if (random !== undefined) await shuffleInPlace(dealt, random, pacer);
    for (const [i, row] of members.entries()) folds[row] = dealt[i]!;
    if (pacer.isDue()) await pacer.pause();
  }
  return folds;
}

/** The largest group first, each to the fold with the fewest rows by then. Source: scikit-learn's `GroupKFold`. */
async function groupedFolds({ rows, k, random, pacer }: Deal, column: string): Promise<Uint32Array> {
  const groups = [...(await groupRows(rows, column, pacer))];
  if (groups.length < k) throw tooFew(`there must be a group for each of ${k} folds`, `${groups.length}`, { k });
  const order = ascending(groups.length);
  if (random !== undefined) await shuffleInPlace(order, random, pacer);
  else order.sort((a, b) => compareValues(groups[b]![0], groups[a]![0]));
  order.sort((a, b) => groups[b]![1].length - groups[a]![1].length);
  const sizes = Array.from({ length: k }, () => 0);
  const folds = new Uint32Array(rows.length);
  for (const group of order) {
    const members = groups[group]![1];
    const fold = sizes.indexOf(Math.min(...sizes));
    sizes[fold]! += members.length;
    for (const row of members) folds[row] = fold;
    if (pacer.isDue()) await pacer.pause();
  }
  return folds;
}

/**
 * The parts of {@link Dataset.kFold}, in file order or, shuffled, in a random one.
 * @internal
 */
export async function foldIndices(
  rows: RowSource<object>,
  k: number,
  options: FoldOptions & { seed: number | bigint },
): Promise<SplitIndices[]> {
  checkOptionNames('kFold', options, OPTION_NAMES);
  checkSplitColumns('kFold', rows, options);
  if (!Number.isInteger(k) || k < 2) throw new ConfigError(`kFold: k must be an integer from 2, got ${k}`, { k });
  const { seed, shuffle = true, stratifyByColumn: stratify, groupByColumn: group } = options;
  const pacer = new LoopPacer('kFold', options);
  const random = new PhiloxRandom(seed);
  const deal: Deal = { rows, k, random: shuffle ? random : undefined, pacer };
  const folds =
    stratify !== undefined
      ? await stratifiedFolds(deal, stratify)
      : group !== undefined
        ? await groupedFolds(deal, group)
        : await plainFolds(deal);
  const parts: SplitIndices[] = [];
  for (let fold = 0; fold < k; fold++) {
    const part = await partition(rows.length, (row) => folds[row] === fold, pacer);
    if (shuffle) for (const indices of [part.train, part.test]) await shuffleInPlace(indices, random, pacer);
    parts.push(part);
  }
  return parts;
}
