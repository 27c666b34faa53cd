import { ConfigError } from '../util/errors.js';
import { shown } from '../util/shown.js';
import type { EvalPrediction, MetricsSource } from './types.js';

/**
 * What a Trainer's `computeMetrics` makes of an evaluation; nothing without it.
 * @throws ConfigError when that is no object of numbers by name
 * @internal
 */
export function computedMetrics(source: MetricsSource | undefined, output: EvalPrediction): Record<string, number> {
  if (source === undefined) return {};
  const computed: unknown = typeof source === 'function' ? source(output) : source.compute();
  const rule = 'Trainer: computeMetrics must return an object of numbers by name';
  if (computed instanceof Promise) throw new ConfigError(`${rule}, got a promise`);
  if (typeof computed !== 'object' || computed === null || Array.isArray(computed))
    throw new ConfigError(`${rule}, got ${computed === undefined ? 'nothing' : shown(computed)}`);
  const odd = Object.entries(computed).find(([, value]) => typeof value !== 'number');
  if (odd === undefined) return computed as Record<string, number>;
  const [metric, value] = odd as [string, unknown];
  throw new ConfigError(`${rule}, got ${shown(value)} for ${metric}`, { metric });
}
