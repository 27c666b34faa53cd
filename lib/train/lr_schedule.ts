import type { TrainingArguments } from './training_arguments.js';

/**
 * The learning rate of each optimizer step (counted from 0), after Hugging Face's schedules: a linear climb over the
 * warm-up, then a linear fall to 0 (`linear`) or none (`constant`, which has no warm-up, and `constant_with_warmup`).
 * @internal
 */
export function learningRateAt(args: TrainingArguments, step: number, totalSteps: number): number {
  if (args.lrSchedulerType === 'constant') return args.learningRate;
  const warmup = args.warmupOf(totalSteps);
  if (step < warmup) return (args.learningRate * step) / Math.max(1, warmup);
  if (args.lrSchedulerType === 'constant_with_warmup') return args.learningRate;
  return args.learningRate * Math.max(0, (totalSteps - step) / Math.max(1, totalSteps - warmup));
}
