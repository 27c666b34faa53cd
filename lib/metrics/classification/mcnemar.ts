import { checkOptionNames } from '../../util/did_you_mean.js';
import { checkLength } from '../input/lists.js';
import { type LabelTargets, readTargets, rightRows } from './targets.js';

/** What {@link mcnemarTest} takes. */
export interface McnemarOptions {
  /** The exact binomial test (the default), or with false the chi-square approximation, for thousands of differences. */
  exact?: boolean;
  /** Whether the chi-square statistic is corrected for continuity; true by default. */
  correction?: boolean;
}

/** What {@link mcnemarTest} finds. */
export interface McnemarResult {
  /** Rows that both models, only the first, only the second or neither predicted right. */
  bothRight: number;
  onlyFirstRight: number;
  onlySecondRight: number;
  bothWrong: number;
  /** Of the exact test, the lesser of the two "only" counts; else chi-square with one degree of freedom. */
  statistic: number;
  /** How likely so great a difference is where both models are equally good; two-sided. */
  pValue: number;
}

/**
 * McNemar's test: whether two models' shares of right rows, on the same rows, differ by more than chance. Only rows that
 * one of them alone predicted right count. McNemar, "Note on the sampling error of the difference between correlated
 * proportions or percentages", 1947; continuity correction by Edwards, 1948 (no more than the difference itself).
 *
 * @param yTrue The true label of each row, or a table of 0 and 1 with a column per label (right: all of its labels).
 * @param yFirst What the first model predicted, in the same form.
 * @param ySecond What the second model predicted.
 * @throws {DataError} Unequal lengths, no rows, or labels that are neither all integers nor all strings.
 *
 * @example
 * ```ts
 * import { mcnemarTest } from 'gridstride';
 * const { onlySecondRight, pValue } = mcnemarTest([1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 1]);
 * console.log(onlySecondRight, pValue); // 5 0.0625
 * ```
 */
export function mcnemarTest(
  yTrue: LabelTargets,
  yFirst: LabelTargets,
  ySecond: LabelTargets,
  options: McnemarOptions = {},
): McnemarResult {
  const where = 'mcnemarTest';
  checkOptionNames(where, options, ['exact', 'correction']);
  const [first, second] = [readTargets(where, yTrue, yFirst), readTargets(where, yTrue, ySecond)];
  checkLength(where, 'yFirst', first.rows, 'ySecond', second.rows);
  const [isFirstRight, isSecondRight] = [rightRows(first), rightRows(second)];
  const counts = { bothRight: 0, onlyFirstRight: 0, onlySecondRight: 0, bothWrong: 0 };
  for (let row = 0; row < first.rows; row++) {
    const isRight = isFirstRight(row);
    if (isRight === isSecondRight(row)) counts[isRight ? 'bothRight' : 'bothWrong'] += 1;
    else counts[isRight ? 'onlyFirstRight' : 'onlySecondRight'] += 1;
  }
  const { onlyFirstRight: b, onlySecondRight: c } = counts;
  if (options.exact ?? true) return { ...counts, statistic: Math.min(b, c), pValue: binomialPValue(b, c) };
  const distance = Math.abs(b - c) - ((options.correction ?? true) && b !== c ? 1 : 0);
  const statistic = b + c === 0 ? 0 : distance ** 2 / (b + c);
  return { ...counts, statistic, pValue: chiSquareTail(statistic) };
}

/**
 * The chance of counts at least as unequal among b + c tosses of a fair coin. Binomial coefficients are kept relative to
 * the middle one, from one to the next: nothing overflows, and no logarithm loses digits.
 */
function binomialPValue(b: number, c: number): number {
  const n = b + c;
  const least = Math.min(b, c);
  const middle = Math.floor(n / 2);
  let [term, all, tail] = [1, 0, 0];
  for (let k = middle; k >= 0; k--) {
    all += n - k === k ? term : 2 * term;
    if (k <= least) tail += 2 * term;
    term *= k / (n - k + 1);
  }
  return Math.min(1, tail / all);
}

/**
 * The chance of a chi-square with one degree of freedom past x: the complementary error function of sqrt(x / 2), by its
 * series below 2 and its continued fraction above (Abramowitz and Stegun 7.1.6 and 7.1.14).
 */
function chiSquareTail(x: number): number {
  const z = Math.sqrt(x / 2);
  const bell = Math.exp(-z * z) / Math.sqrt(Math.PI);
  if (z < 2) {
    let [sum, term] = [0, z];
    for (let n = 0; term > sum * Number.EPSILON; n++) {
      sum += term;
      term *= (2 * z * z) / (2 * n + 3);
    }
    return 1 - 2 * bell * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction);
  return bell / (z + fraction);
}
