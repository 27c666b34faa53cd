import { checkOptionNames } from '../../util/did_you_mean.js';
import { DataError } from '../../util/errors.js';
import { rankCorrelationOf } from '../regression/correlation.js';
import { meanOf } from '../regression/targets.js';
import type { MetricAccumulator, MetricBatch } from './accumulator.js';
import { checkAny, checkBatch, checkMetricNames } from './checks.js';
import { GrowingList } from './growing_list.js';
import { Moments } from './moments.js';

/** What {@link regressionMetrics} takes. */
export interface RegressionMetricsOptions {
  /** The metrics to give: mse, mae, r2, pearson and spearman by default; also rmse and explainedVariance. */
  metrics?: readonly string[];
}

const WHERE = 'regressionMetrics';
const OF_MOMENTS = ['mse', 'rmse', 'mae', 'r2', 'explainedVariance', 'pearson'] as const;

/** One output of the model. */
interface Output {
  moments: Moments;
  /** Kept for spearman alone. */
  truth?: GrowingList<Float64Array>;
  predicted?: GrowingList<Float32Array>;
}

/**
 * Metrics of predicted values, batch by batch; of several outputs, their mean. It keeps running sums and no outputs, but
 * for spearman, which needs all values: 12 bytes per row and output (outputs are kept as f32), up to 24 while they are added. Without it among
 * `metrics`, memory is constant. Correlations of fewer than two rows are NaN.
 *
 * @returns An accumulator whose `add` throws a DataError for values that are not finite or do not fit the labels, and
 *   whose `compute` throws one where no label was added.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { regressionMetrics } from 'gridstride';
 * const metrics = regressionMetrics({ metrics: ['mae', 'r2'] });
 * metrics.add({ predictions: [[1], [2]], labelIds: [1, 2] });
 * metrics.add({ predictions: [[4]], labelIds: [3] });
 * console.log(metrics.compute()); // { mae: 0.3333333333333333, r2: 0.5 }
 * ```
 */
export function regressionMetrics(options: RegressionMetricsOptions = {}): MetricAccumulator {
  checkOptionNames(WHERE, options, ['metrics']);
  const names = options.metrics ?? ['mse', 'mae', 'r2', 'pearson', 'spearman'];
  checkMetricNames(WHERE, names, [...OF_MOMENTS, 'spearman']);
  const isRanked = names.includes('spearman');
  const makeOutput = (): Output => ({
    moments: new Moments(),
    ...(isRanked && {
      truth: new GrowingList((length) => new Float64Array(length)),
      predicted: new GrowingList((length) => new Float32Array(length)),
    }),
  });
  let outputs: Output[] | undefined;
  return {
    reset() {
      outputs = undefined;
    },
    add(batch) {
      outputs = addBatch(batch, outputs, makeOutput);
    },
    compute() {
      checkAny(WHERE, outputs?.length ?? 0);
      const valueOf = (name: string, output: Output): number =>
        name === 'spearman' ? spearman(output) : output.moments[name as (typeof OF_MOMENTS)[number]]();
      return Object.fromEntries(names.map((name) => [name, meanOf(outputs!.map((output) => valueOf(name, output)))]));
    },
  };
}

function spearman({ truth, predicted }: Output): number {
  const [x, y] = [truth!.values, predicted!.values];
  return x.length < 2 ? Number.NaN : rankCorrelationOf(x, y);
}

function addBatch(batch: MetricBatch, outputs: Output[] | undefined, makeOutput: () => Output): Output[] | undefined {
  checkBatch(WHERE, batch);
  for (const [i, values] of batch.predictions.entries()) {
    const label = batch.labelIds[i]!;
    const truth = typeof label === 'number' ? [label] : label;
    outputs ??= Array.from(truth, makeOutput);
    if (values.length !== outputs.length || truth.length !== outputs.length) {
      const got = `${values.length} for ${truth.length}`;
      throw new DataError(`${WHERE}: each row must have ${outputs.length} outputs and labels, got ${got}`);
    }
    for (const [place, output] of outputs.entries()) {
      const [actual, predicted] = [truth[place]!, values[place]!];
      if (!Number.isFinite(actual) || !Number.isFinite(predicted)) {
        throw new DataError(`${WHERE}: values must be finite, got ${String(predicted)} for ${String(actual)}`);
      }
      output.moments.add(actual, predicted);
      output.truth?.push(actual);
      output.predicted?.push(predicted);
    }
  }
  return outputs;
}
