import type { MetricAccumulator } from './accumulator.js';
import type { ClassificationType } from './checks.js';
import { type ClassificationMetricsOptions, classificationMetrics } from './classification_metrics.js';
import { type RegressionMetricsOptions, regressionMetrics } from './regression_metrics.js';

/**
 * The metrics of a problem type as a model's config names it: accuracy and f1Macro; f1Micro, f1Macro and subsetAccuracy;
 * or mse, mae, r2, pearson and spearman (12 bytes per row).
 *
 * @param options Those of {@link classificationMetrics}, or of {@link regressionMetrics}.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { standardMetrics } from 'gridstride';
 * const metrics = standardMetrics('single_label_classification');
 * metrics.add({ predictions: [[0.1, 0.9], [0.7, 0.3]], labelIds: [1, 1] });
 * console.log(metrics.compute().accuracy); // 0.5
 * ```
 */
export function standardMetrics(
  problemType: ClassificationType | 'regression',
  options: Omit<ClassificationMetricsOptions, 'problemType'> = {},
): MetricAccumulator {
  if (problemType === 'regression') return regressionMetrics(options as RegressionMetricsOptions);
  return classificationMetrics({ ...options, problemType });
}
