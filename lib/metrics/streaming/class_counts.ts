import { matthewsOf } from '../classification/agreement.js';
import { meanScore, pooled } from '../classification/averaging.js';
import { balancedOf } from '../classification/balanced_accuracy.js';
import { type Cells, cellsOf } from '../classification/cells.js';
import { averageScores, ratiosOf } from '../classification/precision_recall.js';

/** How precision, recall and F1 are averaged over labels, as metrics' names end. */
const AVERAGES = { Micro: 'micro', Macro: 'macro', Weighted: 'weighted' } as const;
const SCORES = { precision: 'precision', recall: 'recall', f1: 'fscore' } as const;

/** precisionMicro ... f1Weighted. @internal */
export const AVERAGED_NAMES = Object.keys(SCORES).flatMap((score) =>
  Object.keys(AVERAGES).map((average) => score + average),
);

/** What is counted of a stream of predictions: three numbers a label, whatever the number of rows. @internal */
export class ClassCounts {
  /** Rows whose labels are all right. */
  right = 0;
  rows = 0;
  readonly #hits: Float64Array;
  readonly #predicted: Float64Array;
  readonly #actual: Float64Array;

  constructor(readonly width: number) {
    this.#hits = new Float64Array(width);
    this.#predicted = new Float64Array(width);
    this.#actual = new Float64Array(width);
  }

  /** A label that a row has, or was predicted to have, or both. */
  count(label: number, isActual: boolean, isPredicted: boolean): void {
    if (isActual) this.#actual[label]! += 1;
    if (isPredicted) this.#predicted[label]! += 1;
    if (isActual && isPredicted) this.#hits[label]! += 1;
  }

  /** The labels that occur. */
  occurring(): number[] {
    return [...this.#actual.keys()].filter((label) => this.#actual[label]! + this.#predicted[label]! > 0);
  }

  #cells(labels: readonly number[]): Cells {
    const pick = (counts: Float64Array): Float64Array => Float64Array.from(labels, (label) => counts[label] ?? 0);
    const sums = { truePositives: pick(this.#hits), predicted: pick(this.#predicted), actual: pick(this.#actual) };
    return cellsOf(sums, () => this.rows);
  }

  /** One of {@link AVERAGED_NAMES} over some labels. */
  averaged(name: string, labels: readonly number[]): number {
    const [, score, average] = /^(.*?)(Micro|Macro|Weighted)$/.exec(name) as unknown as [
      string,
      keyof typeof SCORES,
      keyof typeof AVERAGES,
    ];
    const cells = this.#cells(labels);
    const ratios = ratiosOf(average === 'Micro' ? pooled(cells) : cells, 0);
    return averageScores(ratios, AVERAGES[average])[SCORES[score]];
  }

  balancedAccuracy(): number {
    return balancedOf(this.#hits, this.#actual);
  }

  matthews(): number {
    return matthewsOf({ actual: this.#actual, predicted: this.#predicted, right: this.right, total: this.rows });
  }

  /** The share of single labels that are wrong. */
  hammingLoss(): number {
    const wrong = this.#hits.map((hits, i) => (this.#actual[i]! + this.#predicted[i]! - 2 * hits) / this.rows);
    return meanScore(wrong);
  }
}
