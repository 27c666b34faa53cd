import { ConfigError } from '../../util/errors.js';
import { checkBatch } from './checks.js';

/** An example's label, labels, or labels of its tokens. */
export type MetricLabel = number | ArrayLike<number>;

/** What an evaluation gives for some examples: a model's raw outputs and the labels. */
export interface MetricBatch {
  /** One row of outputs per example, flat: (L), or (tokens, L) of a head with one prediction per token. */
  predictions: readonly ArrayLike<number>[];
  /** The label or labels of each example; -100 is skipped. */
  labelIds: readonly MetricLabel[];
}

/**
 * Metrics that take an evaluation batch by batch, so that nobody need hold all outputs: {@link classificationMetrics},
 * {@link regressionMetrics}, {@link rankingMetrics}, {@link collectedMetrics}, {@link combinedMetrics} or your own.
 */
export interface MetricAccumulator {
  /** Forgets what was added: an evaluation begins with this. */
  reset(): void;
  /** Takes some examples. The arrays are read now and not kept: the caller may write over them. */
  add(batch: MetricBatch): void;
  /** The metrics of all that was added, by name. */
  compute(): Record<string, number>;
}

/**
 * Metrics of a function that needs all outputs at once. It holds them all, as f32: 4 bytes per output, and the labels.
 *
 * @param compute Computes metrics by name from all examples.
 *
 * @example
 * ```ts
 * import { collectedMetrics } from 'gridstride';
 * const metrics = collectedMetrics(({ predictions }) => ({ rows: predictions.length }));
 * metrics.add({ predictions: [[0.5, 1]], labelIds: [1] });
 * console.log(metrics.compute().rows); // 1
 * ```
 */
export function collectedMetrics(
  compute: (all: { predictions: Float32Array[]; labelIds: (number | number[])[] }) => Record<string, number>,
): MetricAccumulator {
  let predictions: Float32Array[] = [];
  let labelIds: (number | number[])[] = [];
  return {
    reset() {
      [predictions, labelIds] = [[], []];
    },
    add(batch) {
      checkBatch('collectedMetrics', batch);
      for (const row of batch.predictions) predictions.push(Float32Array.from(row));
      for (const label of batch.labelIds) labelIds.push(typeof label === 'number' ? label : Array.from(label));
    },
    compute: () => compute({ predictions, labelIds }),
  };
}

/**
 * Several accumulators as one: each takes every batch, and the names of all come together.
 *
 * @throws {ConfigError} On `compute`: two of them give the same name.
 *
 * @example
 * ```ts
 * import { classificationMetrics, combinedMetrics, rankingMetrics } from 'gridstride';
 * const metrics = combinedMetrics(classificationMetrics(), rankingMetrics());
 * metrics.add({ predictions: [[0, 1], [1, 0]], labelIds: [1, 0] });
 * console.log(metrics.compute()); // { accuracy: 1, f1Macro: 1, rocAuc: 1, averagePrecision: 1 }
 * ```
 */
export function combinedMetrics(...accumulators: readonly MetricAccumulator[]): MetricAccumulator {
  return {
    reset: () => accumulators.forEach((accumulator) => accumulator.reset()),
    add: (batch) => accumulators.forEach((accumulator) => accumulator.add(batch)),
    compute() {
      const all: Record<string, number> = {};
      for (const [name, value] of accumulators.flatMap((accumulator) => Object.entries(accumulator.compute()))) {
        if (Object.hasOwn(all, name)) throw new ConfigError(`combinedMetrics: names must differ, got ${name} twice`);
        all[name] = value;
      }
      return all;
    },
  };
}
