import { camelName } from './arguments/python_json.js';
import type { EvaluationOutput } from './evaluation.js';

/** `f1Macro` or `eval_f1_macro` -> `evalF1Macro`. @internal */
export function metricName(name: string, prefix: string): string {
  const camel = camelName(name);
  if (camel.startsWith(prefix) && camel !== prefix) return camel;
  return prefix + camel.charAt(0).toUpperCase() + camel.slice(1);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Run time and throughput, rounded as Python's Trainer does. @internal */
export function speedMetrics(
  prefix: string,
  { seconds, samples, steps }: { seconds: number; samples: number; steps: number },
): Record<string, number> {
  return {
    [`${prefix}Runtime`]: rounded(seconds, 4),
    [`${prefix}SamplesPerSecond`]: rounded(samples / seconds, 3),
    [`${prefix}StepsPerSecond`]: rounded(steps / seconds, 3),
  };
}

/** The loss, what `computeMetrics` gave and the speed of an evaluation, each name with its prefix. @internal */
export function namedMetrics(
  output: EvaluationOutput,
  computed: Readonly<Record<string, number>>,
  prefix: string,
): Record<string, number> {
  const all = { ...(output.loss === undefined ? {} : { loss: output.loss }), ...computed };
  const metrics = Object.fromEntries(Object.entries(all).map(([name, value]) => [metricName(name, prefix), value]));
  return { ...metrics, ...speedMetrics(prefix, output) };
}
