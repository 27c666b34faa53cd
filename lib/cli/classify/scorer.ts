import { type MetricAccumulator, standardMetrics } from '../../metrics/index.js';
import type { ProblemType } from '../../models/index.js';
import type { EncodedLabel } from '../task/labels.js';

/** What `eval` finds: loss, samples, and the metrics of the problem. @internal */
export type Scores = { loss: number; samples: number } & Record<string, number>;

/** log(1 + exp(x)) without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** A row's loss as models compute it: cross-entropy, its binary form over labels, or the squared error. @internal */
export function lossOf(problem: ProblemType, logits: Float32Array, label: EncodedLabel): number {
  if (problem === 'single_label_classification') {
    const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = logits.reduce((total, x) => total + Math.exp(x - most), 0);
    return most + Math.log(sum) - logits[label as number]!;
  }
  const targets = typeof label === 'number' ? [label] : label;
  const terms = targets.map((y, i) => {
    const x = logits[i]!;
    return problem === 'regression' ? (x - y) ** 2 : softplus(x) - x * y;
  });
  return terms.reduce((a, b) => a + b, 0) / terms.length;
}

/** Sums up rows of logits and labels; it keeps none of them (but 12 bytes a row for rank correlation). @internal */
export class Scorer {
  readonly #problem: ProblemType;
  readonly #metrics: MetricAccumulator;
  #lossSum = 0;
  #samples = 0;

  /** @param threshold probability at which a label of several counts as predicted; 0.5 by default */
  constructor(problem: ProblemType, threshold?: number) {
    this.#problem = problem;
    const isMulti = problem === 'multi_label_classification' && threshold !== undefined;
    this.#metrics = standardMetrics(problem, isMulti ? { threshold } : {});
    this.#metrics.reset();
  }

  add(predictions: readonly Float32Array[], labelIds: readonly EncodedLabel[]): void {
    this.#metrics.add({ predictions, labelIds });
    for (const [i, logits] of predictions.entries()) this.#lossSum += lossOf(this.#problem, logits, labelIds[i]!);
    this.#samples += predictions.length;
  }

  /** @throws DataError without a row */
  scores(): Scores {
    const metrics = this.#metrics.compute();
    return { loss: this.#lossSum / this.#samples, samples: this.#samples, ...metrics };
  }
}
