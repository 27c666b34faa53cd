import type { MetricAccumulator } from '../metrics/index.js';
import { ConfigError } from '../util/errors.js';
import type { TrainingArguments } from './arguments/training_arguments.js';
import type { MetricsSource, TrainableModel } from './types.js';

type Observer = Pick<MetricAccumulator, 'reset' | 'add'>;

/** Who gets the predictions of an evaluation. @internal */
export interface Judges {
  /** What metrics come from; undefined: nothing but the loss is asked for. */
  metrics: MetricsSource | undefined;
  /** Get the predictions batch by batch. */
  observers: Observer[];
  /** Whether the metrics need all predictions at once. */
  needsAll: boolean;
}

/** @param reporters those that count predictions for reports @internal */
export function judgesOf(
  computeMetrics: MetricsSource | undefined,
  reporters: readonly Observer[],
  { predictionLossOnly, predictWithGenerate }: TrainingArguments,
): Judges {
  if (predictionLossOnly) return { metrics: undefined, observers: [], needsAll: false };
  const accumulators = typeof computeMetrics === 'object' ? [computeMetrics] : [];
  // Texts are no classes that reports could count.
  const observers: Observer[] = [...accumulators, ...(predictWithGenerate ? [] : reporters)];
  return { metrics: computeMetrics, observers, needsAll: typeof computeMetrics === 'function' };
}

/** Writes what a model makes of sources: token ids, a row each. @internal */
export type Writer = (inputIds: readonly ArrayLike<number>[], signal?: AbortSignal) => Promise<Float32Array[]>;

/** @throws ConfigError when texts are to be written by a model that cannot @internal */
export function writerOf(
  model: TrainableModel,
  { predictWithGenerate, generationMaxLength: maxLength, generationNumBeams: numBeams }: TrainingArguments,
): Writer | undefined {
  if (!predictWithGenerate) return undefined;
  if (model.generate === undefined) throw new ConfigError('Trainer: predictWithGenerate needs a model with generate()');
  return async (inputIds, signal) => {
    const limits = { ...(maxLength !== undefined && { maxLength }), ...(numBeams !== undefined && { numBeams }) };
    const { sequences } = await model.generate!({ inputIds, ...limits, ...(signal && { signal }) });
    return sequences.map((row) => Float32Array.from(row));
  };
}
