import { ConfigError } from '../../util/errors.js';
import type { Label } from '../input/labels.js';
import type { Cells } from './cells.js';
import { type ClassTargets, type MultilabelTargets, chosenLabels } from './targets.js';

/**
 * How the labels' scores become one: that of `posLabel` alone (binary), of all rows together (micro), the plain mean
 * (macro), the mean weighted by the labels' rows (weighted), the mean of scores by row (samples: several labels a row
 * only), or not at all (null).
 */
export type Average = 'binary' | 'micro' | 'macro' | 'weighted' | 'samples' | null;

/** What scores of labels take. */
export interface ScoreOptions<Chosen extends Average = Average> {
  /** The labels to score, in this order; all that occur, sorted, by default. Of a table: numbers of columns. */
  labels?: readonly Label[];
  /** The label that `average: 'binary'` scores; 1 by default. */
  posLabel?: Label;
  average?: Chosen;
  /** How much each row counts; 1 by default. */
  sampleWeight?: ArrayLike<number>;
  /**
   * The score where nothing was predicted or nothing was there: 0 (the default), 1, or NaN, which leaves the label out
   * of means. `'warn'` is 0 with a warning of the process, once a call: evaluations that run by the thousand stay quiet
   * unless they ask for it.
   */
  zeroDivision?: number | 'warn';
}

/** The names of {@link ScoreOptions}. @internal */
export const SCORE_OPTION_NAMES = ['labels', 'posLabel', 'average', 'sampleWeight', 'zeroDivision'];

const AVERAGES: readonly Average[] = ['binary', 'micro', 'macro', 'weighted', 'samples', null];

/** Checks the options that all scores of labels share. @internal */
export function checkScoreOptions(where: string, { average = null, zeroDivision = 0 }: ScoreOptions): void {
  if (!AVERAGES.includes(average)) {
    const rule = 'average must be binary, micro, macro, weighted, samples or null';
    throw new ConfigError(`${where}: ${rule}, got ${String(average)}`, { average });
  }
  if (zeroDivision !== 'warn' && zeroDivision !== 0 && zeroDivision !== 1 && !Number.isNaN(zeroDivision)) {
    const rule = "zeroDivision must be 0, 1, NaN or 'warn'";
    throw new ConfigError(`${where}: ${rule}, got ${String(zeroDivision)}`, { zeroDivision });
  }
}

/** The labels to score: the caller's, all, or the positive one. @internal */
export function labelsToScore(
  where: string,
  targets: ClassTargets | MultilabelTargets,
  { average = null, posLabel = 1, labels }: ScoreOptions,
): readonly Label[] {
  const { present, isMultilabel } = targets;
  if (average === 'samples' && !isMultilabel) {
    throw new ConfigError(`${where}: average must be other than samples for one label a row, got samples`);
  }
  if (average !== 'binary') return chosenLabels(where, targets, labels);
  if (present.length > 2 || isMultilabel) {
    const rule = `average must be micro, macro, weighted${isMultilabel ? ', samples' : ''} or null`;
    const kind = isMultilabel ? 'several labels a row' : 'more than two classes';
    throw new ConfigError(`${where}: ${rule} for ${kind}, got binary for ${present.length}`, {
      classes: present.length,
    });
  }
  if (present.length === 2 && !present.includes(posLabel)) {
    throw new ConfigError(`${where}: posLabel must be one of ${present.join(', ')}, got ${posLabel}`, { posLabel });
  }
  return [posLabel];
}

/** All cells in one place, as `average: 'micro'` has them. @internal */
export function pooled({ truePositives, falsePositives, falseNegatives, trueNegatives }: Cells): Cells {
  const pool = (values: Float64Array): Float64Array => Float64Array.of(values.reduce((sum, value) => sum + value, 0));
  return {
    truePositives: pool(truePositives),
    falsePositives: pool(falsePositives),
    falseNegatives: pool(falseNegatives),
    trueNegatives: pool(trueNegatives),
  };
}

/** The mean over scores that are numbers; weights that are all zero are ignored. @internal */
export function meanScore(scores: ArrayLike<number>, weights?: ArrayLike<number>): number {
  const [weighted, total] = sumScores(scores, weights);
  if (total !== 0) return weighted / total;
  const [plain, count] = sumScores(scores);
  return plain / count;
}

function sumScores(scores: ArrayLike<number>, weights?: ArrayLike<number>): [sum: number, weight: number] {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (Number.isNaN(score)) continue;
    const weight = weights === undefined ? 1 : weights[i]!;
    sum += score * weight;
    total += weight;
  }
  return [sum, total];
}

/** A score's ratio for each label, and the labels it is not defined for. @internal */
export interface Ratios {
  values: Float64Array;
  undefinedCount: number;
}

/** `a / b`, and `zeroDivision` where b is 0. @internal */
export function divide(a: Float64Array, b: Float64Array, zeroDivision: number | 'warn'): Ratios {
  const replacement = zeroDivision === 'warn' ? 0 : zeroDivision;
  let undefinedCount = 0;
  const values = a.map((value, i) => {
    if (b[i] !== 0) return value / b[i]!;
    undefinedCount += 1;
    return replacement;
  });
  return { values, undefinedCount };
}

/**
 * Warns through the process (`UndefinedMetricWarning`) of scores that became 0 for want of rows.
 * @internal
 */
export function warnUndefined(where: string, scores: Readonly<Record<string, Ratios>>): void {
  const parts = Object.entries(scores)
    .filter(([, { undefinedCount }]) => undefinedCount > 0)
    .map(([name, { undefinedCount, values }]) => `${name} of ${undefinedCount} of ${values.length}`);
  if (parts.length === 0) return;
  const text = `${where}: nothing to divide by, so 0 is taken for ${parts.join(', ')}; zeroDivision chooses the value`;
  process.emitWarning(text, { type: 'UndefinedMetricWarning', code: 'GRIDSTRIDE_UNDEFINED_METRIC' });
}
