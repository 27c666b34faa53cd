import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';

/** How the predictions of a text's windows become one: their mean, greatest value, mean by length, or the first alone. */
export type WindowCombination = 'mean' | 'max' | 'length' | 'first';

/** @internal */
export const COMBINATIONS: readonly WindowCombination[] = ['mean', 'max', 'length', 'first'];

/** What {@link combineWindows} takes. */
export interface CombineOptions {
  /** 'mean' by default. */
  combination?: WindowCombination;
  /** Weight of each window, needed for 'length': the windows' `newTokens`. */
  weights?: ArrayLike<number>;
  /** Number of texts; one more than the highest index by default. */
  samples?: number;
}

function checkArguments(
  predictions: readonly ArrayLike<number>[],
  sampleIndex: ArrayLike<number>,
  { combination = 'mean', weights, samples }: CombineOptions,
): void {
  const where = 'combineWindows';
  if (!COMBINATIONS.includes(combination))
    throw new ConfigError(`${where}: combination must be one of ${COMBINATIONS.join(', ')}, got ${combination}`);
  if (combination === 'length' && weights === undefined)
    throw new ConfigError(`${where}: combination "length" needs weights, got none`);
  for (const [name, list] of Object.entries({ sampleIndex, weights })) {
    if (list === undefined || list.length === predictions.length) continue;
    throw new DataError(
      `${where}: ${name} must be as many as predictions, got ${list.length} for ${predictions.length}`,
    );
  }
  for (const [window, values] of predictions.entries()) {
    const index = sampleIndex[window]!;
    if (!Number.isInteger(index) || index < 0 || index >= (samples ?? Infinity))
      throw new DataError(`${where}: sampleIndex must be an integer from 0, got ${index} at ${window}`, { window });
    if (values.length !== predictions[0]!.length)
      throw new DataError(`${where}: predictions must be equally long, got ${values.length} at ${window}`, { window });
    const weight = weights?.[window] ?? 1;
    if (!Number.isFinite(weight) || weight < 0)
      throw new DataError(`${where}: weights must be finite and from 0, got ${weight} at ${window}`, { window });
  }
}

/**
 * One prediction a text from those of its windows.
 *
 * @param predictions A row of L values (logits or probabilities) for each window.
 * @param sampleIndex The text each window is of, in any order.
 * @returns (samples, L)
 * @throws {ConfigError} The combination is unknown or lacks weights.
 * @throws {DataError} Lists of unequal lengths, or a text without a window.
 *
 * @example
 * ```ts
 * import { combineWindows } from 'gridstride';
 * const logits = [[1, 0], [3, 2], [5, 5]];
 * console.log(combineWindows(logits, [0, 0, 1])); // [ [ 2, 1 ], [ 5, 5 ] ]
 * console.log(combineWindows(logits, [0, 0, 1], { combination: 'length', weights: [3, 1, 7] })[0]); // [ 1.5, 0.5 ]
 * ```
 */
export function combineWindows(
  predictions: readonly ArrayLike<number>[],
  sampleIndex: ArrayLike<number>,
  options: CombineOptions = {},
): number[][] {
  checkOptionNames('combineWindows', options, ['combination', 'weights', 'samples']);
  checkArguments(predictions, sampleIndex, options);
  const { combination = 'mean', weights } = options;
  let samples = options.samples ?? 0;
  if (options.samples === undefined)
    for (let window = 0; window < sampleIndex.length; window++) samples = Math.max(samples, sampleIndex[window]! + 1);
  const windows = Array.from({ length: samples }, (): number[] => []);
  for (let window = 0; window < predictions.length; window++) windows[sampleIndex[window]!]!.push(window);
  return windows.map((own, sample) => {
    if (own.length === 0) throw new DataError(`combineWindows: every text must have a window, got none of ${sample}`);
    const rows = own.map((window) => predictions[window]!);
    return combineRows(
      rows,
      combination,
      own.map((window) => weights?.[window] ?? 1),
    );
  });
}

/**
 * One prediction from those of a text's windows, in their order.
 * @param weights Of each window; read for 'length' alone.
 * @internal
 */
export function combineRows(
  rows: readonly ArrayLike<number>[],
  combination: WindowCombination,
  weights: readonly number[],
): number[] {
  if (rows.length === 1 || combination === 'first') return Array.from(rows[0]!);
  if (combination === 'max')
    return Array.from(rows[0]!, (_, i) => rows.reduce((most, row) => Math.max(most, row[i]!), -Infinity));
  return weightedMean(rows, combination === 'mean' ? rows.map(() => 1) : weights);
}

function weightedMean(rows: readonly ArrayLike<number>[], weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  // Windows without a token of their own: all count alike.
  const shares = weights.map((weight) => (total > 0 ? weight / total : 1 / rows.length));
  return Array.from(rows[0]!, (_, i) => rows.reduce((sum, row, place) => sum + row[i]! * shares[place]!, 0));
}
