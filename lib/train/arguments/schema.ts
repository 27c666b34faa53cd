import { z } from 'zod';
import type { CompileOptions } from '../../models/index.js';
import { chance, flag, integer, oneOf, positive, real, text } from '../../util/fields.js';
import { camelKeys } from './python_json.js';

/** Kinds of learning rate schedule. */
export const SCHEDULES = [
  'linear',
  'cosine',
  'cosine_with_restarts',
  'constant',
  'constant_with_warmup',
  'polynomial',
  'inverse_sqrt',
] as const;

/** Where lines of the log can go. */
export const REPORTERS = ['console', 'jsonl', 'tensorboard', 'html'] as const;

const SEED = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** So many steps, or below 1 that share of all. */
function interval() {
  return z.custom<number>(
    (v) => typeof v === 'number' && v > 0 && v < 2 ** 31 && (v < 1 || Number.isInteger(v)),
    'must be an integer from 1, or a share of all steps above 0 and below 1',
  );
}

/** Names of reporters: one, a list, or `none` and `all`. */
function reporters() {
  const isOne = (name: unknown): boolean => REPORTERS.includes(name as (typeof REPORTERS)[number]);
  const isKnown = (v: unknown) => v === 'none' || v === 'all' || isOne(v) || (Array.isArray(v) && v.every(isOne));
  type Reporter = (typeof REPORTERS)[number];
  return z
    .custom<'none' | 'all' | Reporter | readonly Reporter[]>(
      isKnown,
      `must be none, all, or some of ${REPORTERS.join(', ')}`,
    )
    .transform((v): readonly Reporter[] => {
      if (typeof v === 'object') return [...v];
      return v === 'all' ? REPORTERS : v === 'none' ? [] : [v];
    });
}

function folderOrFlag() {
  return z.custom<string | boolean>(
    (v) => typeof v === 'boolean' || (typeof v === 'string' && v !== '' && v.length <= 4096),
    'must be true, false or the path of a checkpoint',
  );
}

/** Numbers that some schedules take, by Python's names or ours. */
function scheduleOptions() {
  return z
    .custom<Readonly<Record<string, number>>>(
      (v) => typeof v === 'object' && v !== null && !Array.isArray(v) && Object.values(v).every(Number.isFinite),
      'must be an object of numbers',
    )
    .transform((v) => camelKeys(v) as Readonly<Record<string, number>>);
}

/** Every argument with its rule and Hugging Face's default. @internal */
export const argumentsSchema = z.object({
  outputDir: text({ min: 1, max: 4096 }),
  numTrainEpochs: positive().default(3),
  maxSteps: integer({ min: -1 }).default(-1),
  perDeviceTrainBatchSize: integer().optional(),
  perDeviceEvalBatchSize: integer().default(8),
  maxTokensPerBatch: integer().optional(),
  gradientAccumulationSteps: integer().default(1),
  dataloaderDropLast: flag().default(false),
  groupByLength: flag().default(false),

  learningRate: real().default(5e-5),
  lrSchedulerType: oneOf(...SCHEDULES).default('linear'),
  lrSchedulerKwargs: scheduleOptions().optional(),
  warmupRatio: real({ max: 1 }).default(0),
  warmupSteps: real({ max: 2 ** 31 }).default(0),
  optim: oneOf('adamw_torch', 'sgd', 'adafactor').default('adamw_torch'),
  weightDecay: real().default(0),
  adamBeta1: chance().default(0.9),
  adamBeta2: chance().default(0.999),
  adamEpsilon: real().default(1e-8),
  maxGradNorm: real().default(1),
  layerwiseLrDecay: real({ max: 1 }).optional(),
  labelSmoothingFactor: real({ max: 1 }).default(0),
  bf16: flag().default(false),
  fp16: flag().default(false),
  gradientCheckpointing: flag().default(false),

  loggingStrategy: oneOf('no', 'steps', 'epoch').default('steps'),
  loggingSteps: interval().default(500),
  loggingFirstStep: flag().default(false),
  evalStrategy: oneOf('no', 'steps', 'epoch').default('no'),
  evalSteps: interval().optional(),
  evalDelay: real().default(0),
  evalOnStart: flag().default(false),
  evalAccumulationSteps: integer().optional(),
  predictionLossOnly: flag().default(false),
  predictWithGenerate: flag().default(false),
  generationMaxLength: integer().optional(),
  generationNumBeams: integer().optional(),
  saveStrategy: oneOf('no', 'steps', 'epoch', 'best').default('steps'),
  saveSteps: interval().default(500),
  saveTotalLimit: integer().optional(),
  saveOnlyModel: flag().default(false),
  loadBestModelAtEnd: flag().default(false),
  metricForBestModel: text({ min: 1 }).optional(),
  greaterIsBetter: flag().optional(),
  earlyStoppingPatience: integer().optional(),
  earlyStoppingThreshold: real().default(0),
  resumeFromCheckpoint: folderOrFlag().default(false),

  compile: z
    .custom<boolean | CompileOptions>(
      (v) => typeof v === 'boolean' || (typeof v === 'object' && v !== null),
      'must be true, false or { buckets }',
    )
    .default(false),

  seed: integer(SEED).default(42),
  dataSeed: integer(SEED).optional(),
  fullDeterminism: flag().default(false),
  disableTqdm: flag().default(false),
  reportTo: reporters().default([]),
});

/** All arguments, with the defaults in place. @internal */
export type Arguments = z.output<typeof argumentsSchema>;

type Given = z.input<typeof argumentsSchema>;

/** What {@link TrainingArguments} takes: `outputDir`, and any of its other fields. */
export type TrainingArgumentsInit = { [K in keyof Given]: Given[K] };
