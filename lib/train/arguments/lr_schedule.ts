import { ConfigError } from '../../util/errors.js';
import type { SCHEDULES } from './schema.js';
import type { TrainingArguments } from './training_arguments.js';

/** A run as its schedule sees it. */
interface Course {
  learningRate: number;
  warmup: number;
  total: number;
  options: Readonly<Record<string, number>>;
}

/** One schedule: the share of the learning rate behind the warm-up, and the options it takes. */
interface Schedule {
  options: readonly string[];
  hasWarmup: boolean;
  factor(step: number, course: Course): number;
}

function progress(step: number, { warmup, total }: Course): number {
  return (step - warmup) / Math.max(1, total - warmup);
}

function polynomial(step: number, { learningRate, warmup, total, options }: Course): number {
  const { lrEnd = 1e-7, power = 1 } = options;
  if (step > total) return lrEnd / learningRate;
  const left = 1 - (step - warmup) / Math.max(1, total - warmup);
  return ((learningRate - lrEnd) * left ** power + lrEnd) / learningRate;
}

function inverseSqrt(step: number, { warmup, options }: Course): number {
  const timescale = options['timescale'] ?? (warmup || 10_000);
  return 1 / Math.sqrt((step + timescale - warmup) / timescale);
}

function halfCosine(turns: number): number {
  return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * turns)));
}

function restarts(step: number, course: Course): number {
  const done = progress(step, course);
  return done >= 1 ? 0 : halfCosine(((course.options['numCycles'] ?? 1) * done) % 1);
}

const TYPES: Readonly<Record<(typeof SCHEDULES)[number], Schedule>> = {
  linear: {
    options: [],
    hasWarmup: true,
    factor: (step, { total, warmup }) => Math.max(0, (total - step) / Math.max(1, total - warmup)),
  },
  cosine: {
    options: ['numCycles'],
    hasWarmup: true,
    factor: (step, course) => halfCosine((course.options['numCycles'] ?? 0.5) * 2 * progress(step, course)),
  },
  cosine_with_restarts: { options: ['numCycles'], hasWarmup: true, factor: restarts },
  constant: { options: [], hasWarmup: false, factor: () => 1 },
  constant_with_warmup: { options: [], hasWarmup: true, factor: () => 1 },
  polynomial: { options: ['lrEnd', 'power'], hasWarmup: true, factor: polynomial },
  inverse_sqrt: { options: ['timescale'], hasWarmup: true, factor: inverseSqrt },
};

/** What there is to know of a kind of schedule. @internal */
export function learningRates(type: (typeof SCHEDULES)[number]): Schedule {
  return TYPES[type];
}

/**
 * The learning rate of an optimizer step (counted from 0), as Hugging Face's `get_scheduler` gives it: a linear climb over
 * the warm-up, then the schedule of `lrSchedulerType` with `lrSchedulerKwargs`.
 * @throws ConfigError when a polynomial schedule would have to climb
 * @internal
 */
export function learningRateAt(args: TrainingArguments, step: number, totalSteps: number): number {
  const { learningRate, lrSchedulerType } = args;
  const options = args.lrSchedulerKwargs ?? {};
  const { hasWarmup, factor } = TYPES[lrSchedulerType];
  const { lrEnd = 1e-7 } = options;
  if (lrSchedulerType === 'polynomial' && !(learningRate > lrEnd))
    throw new ConfigError(`TrainingArguments: lrEnd must be below learningRate ${learningRate}, got ${lrEnd}`, {
      lrEnd,
    });
  const warmup = hasWarmup ? args.warmupOf(totalSteps) : 0;
  if (step < warmup) return learningRate * (step / warmup);
  return learningRate * factor(step, { learningRate, warmup, total: totalSteps, options });
}
