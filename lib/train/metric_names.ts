import type { EvaluationOutput } from './evaluation.js';
import type { ComputeMetrics } from './types.js';

/** `f1Macro` or `eval_f1_macro` -> `evalF1Macro`. @internal */
export function metricName(name: string, prefix: string): string {
  const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  if (camel.startsWith(prefix) && camel !== prefix) return camel;
  return prefix + camel.charAt(0).toUpperCase() + camel.slice(1);
}

/** The loss, what `computeMetrics` gives and the speed of an evaluation, each name with its prefix. @internal */
export function namedMetrics(
  output: EvaluationOutput,
  computeMetrics: ComputeMetrics | undefined,
  prefix: string,
): Record<string, number> {
  const all = { ...(output.loss === undefined ? {} : { loss: output.loss }), ...computeMetrics?.(output) };
  const metrics = Object.fromEntries(Object.entries(all).map(([name, value]) => [metricName(name, prefix), value]));
  metrics[`${prefix}Runtime`] = output.seconds;
  metrics[`${prefix}SamplesPerSecond`] = output.samples / output.seconds;
  return metrics;
}
