import type { Label } from '../input/labels.js';
import { placesAmong } from '../input/labels.js';
import type { ClassTargets, MultilabelTargets } from './targets.js';

/** What metrics of a class are made of: one value per label, or per row where rows are scored. @internal */
export interface Cells {
  truePositives: Float64Array;
  falsePositives: Float64Array;
  falseNegatives: Float64Array;
  trueNegatives: Float64Array;
}

/** Rows that are and rows that were predicted as what is scored. */
interface Sums {
  truePositives: Float64Array;
  predicted: Float64Array;
  actual: Float64Array;
}

function makeSums(length: number): Sums {
  const zeros = (): Float64Array => new Float64Array(length);
  return { truePositives: zeros(), predicted: zeros(), actual: zeros() };
}

/** The four cells from sums over the rows; `all` is the weight of the rows. @internal */
export function cellsOf({ truePositives, predicted, actual }: Sums, all: (place: number) => number): Cells {
  // False ones by subtraction, and what is built on them by addition: with weights, scikit-learn's very roundings.
  const falsePositives = predicted.map((count, i) => count - truePositives[i]!);
  const falseNegatives = actual.map((count, i) => count - truePositives[i]!);
  const trueNegatives = truePositives.map((count, i) => all(i) - count - falsePositives[i]! - falseNegatives[i]!);
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}

/**
 * Counts rows for each label, or labels for each row; rows of labels that were not chosen count where they were
 * mistaken for one of these.
 * @internal
 */
export function countCells(
  targets: ClassTargets | MultilabelTargets,
  labels: readonly Label[],
  weights: Float64Array | undefined,
  isBySample = false,
): Cells {
  if (targets.isMultilabel && isBySample) return countRows(targets, labels, weights);
  const sums = targets.isMultilabel ? sumColumns(targets, labels, weights) : sumClasses(targets, labels, weights);
  const total = weights === undefined ? targets.rows : weights.reduce((all, weight) => all + weight, 0);
  return cellsOf(sums, () => total);
}

function sumClasses(
  { present, truth, predicted }: ClassTargets,
  labels: readonly Label[],
  weights?: Float64Array,
): Sums {
  const places = placesAmong(present, labels);
  const sums = makeSums(labels.length);
  for (let i = 0; i < truth.length; i++) {
    const weight = weights === undefined ? 1 : weights[i]!;
    const actual = places[truth[i]!]!;
    const guess = places[predicted[i]!]!;
    if (actual >= 0) sums.actual[actual]! += weight;
    if (guess >= 0) sums.predicted[guess]! += weight;
    if (actual >= 0 && actual === guess) sums.truePositives[actual]! += weight;
  }
  return sums;
}

function sumColumns(
  { rows, truth, predicted }: MultilabelTargets,
  labels: readonly Label[],
  weights?: Float64Array,
): Sums {
  const sums = makeSums(labels.length);
  const columns = Int32Array.from(labels, Number);
  for (let row = 0; row < rows; row++) {
    const weight = weights === undefined ? 1 : weights[row]!;
    for (let place = 0; place < columns.length; place++) {
      const i = row * truth.columns + columns[place]!;
      const [actual, guess] = [truth.data[i]!, predicted.data[i]!];
      if (actual === 1) sums.actual[place]! += weight;
      if (guess === 1) sums.predicted[place]! += weight;
      if (actual === 1 && guess === 1) sums.truePositives[place]! += weight;
    }
  }
  return sums;
}

function countRows(
  { rows, truth, predicted }: MultilabelTargets,
  labels: readonly Label[],
  weights?: Float64Array,
): Cells {
  const sums = makeSums(rows);
  const columns = Int32Array.from(labels, Number);
  for (let row = 0; row < rows; row++) {
    const weight = weights === undefined ? 1 : weights[row]!;
    let [actual, guesses, hits] = [0, 0, 0];
    for (let place = 0; place < columns.length; place++) {
      const i = row * truth.columns + columns[place]!;
      actual += truth.data[i]!;
      guesses += predicted.data[i]!;
      hits += truth.data[i]! & predicted.data[i]!;
    }
    sums.actual[row] = weight * actual;
    sums.predicted[row] = weight * guesses;
    sums.truePositives[row] = weight * hits;
  }
  return cellsOf(sums, (row) => labels.length * (weights === undefined ? 1 : weights[row]!));
}
