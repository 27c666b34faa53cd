import { z } from 'zod';
import type { CompileOptions } from '../models/index.js';
import { checkedBuckets } from '../tensor/bucket.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { chance, flag, integer, oneOf, parseFields, positive, real, text } from '../util/fields.js';

const strategy = oneOf('no', 'epoch');

const schema = z.object({
  outputDir: text({ min: 1, max: 4096 }),
  numTrainEpochs: positive().default(3),
  maxSteps: integer({ min: -1 }).default(-1),
  perDeviceTrainBatchSize: integer().default(8),
  perDeviceEvalBatchSize: integer().default(8),
  learningRate: real().default(5e-5),
  weightDecay: real().default(0),
  adamBeta1: chance().default(0.9),
  adamBeta2: chance().default(0.999),
  adamEpsilon: real().default(1e-8),
  maxGradNorm: real().default(1),
  lrSchedulerType: oneOf('linear', 'constant', 'constant_with_warmup').default('linear'),
  warmupRatio: real({ max: 1 }).default(0),
  warmupSteps: integer({ min: 0 }).default(0),
  loggingSteps: integer().default(10),
  evalStrategy: strategy.default('no'),
  saveStrategy: strategy.default('no'),
  saveTotalLimit: integer().optional(),
  loadBestModelAtEnd: flag().default(false),
  metricForBestModel: text({ min: 1 }).default('loss'),
  greaterIsBetter: flag().optional(),
  seed: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }).default(42),
  disableTqdm: flag().default(false),
  compile: z
    .custom<boolean | CompileOptions>(
      (v) => typeof v === 'boolean' || (typeof v === 'object' && v !== null),
      'must be true, false or { buckets }',
    )
    .default(false),
});

type Fields = z.output<typeof schema>;
type Given = z.input<typeof schema>;

/** What {@link TrainingArguments} takes: `outputDir`, and any of its other fields. */
export type TrainingArgumentsInit = { [K in keyof Given]: Given[K] };

/**
 * Settings of a training run, with the meaning and the defaults they have in Hugging Face's `TrainingArguments`:
 * `outputDir`, `numTrainEpochs`, `maxSteps` (overrides the epochs), `perDeviceTrainBatchSize`, `perDeviceEvalBatchSize`,
 * `learningRate`, `weightDecay` (not on biases and norms), `adamBeta1`, `adamBeta2`, `adamEpsilon`, `maxGradNorm` (0: no
 * clipping), `lrSchedulerType`, `warmupRatio`, `warmupSteps` (overrides the ratio), `loggingSteps`, `evalStrategy`,
 * `saveStrategy`, `saveTotalLimit`, `loadBestModelAtEnd`, `metricForBestModel`, `greaterIsBetter`, `seed`, `disableTqdm`
 * (no progress bar). One is this library's own: `compile`, true or `{ buckets }`, records the training steps and the
 * passes of evaluations per bucket and replays them, see {@link PreTrainedModel.compile}.
 *
 * @throws ConfigError for an unknown field (with the nearest known one), a wrong type or range, or settings that
 * contradict each other
 *
 * @example
 * ```ts
 * import { TrainingArguments } from 'gridstride';
 * const args = new TrainingArguments({ outputDir: './results', numTrainEpochs: 2, learningRate: 2e-5 });
 * console.log(args.perDeviceTrainBatchSize, args.greaterIsBetter); // 8 false
 * ```
 */
export class TrainingArguments implements Fields {
  declare readonly outputDir: string;
  declare readonly numTrainEpochs: number;
  declare readonly maxSteps: number;
  declare readonly perDeviceTrainBatchSize: number;
  declare readonly perDeviceEvalBatchSize: number;
  declare readonly learningRate: number;
  declare readonly weightDecay: number;
  declare readonly adamBeta1: number;
  declare readonly adamBeta2: number;
  declare readonly adamEpsilon: number;
  declare readonly maxGradNorm: number;
  declare readonly lrSchedulerType: Fields['lrSchedulerType'];
  declare readonly warmupRatio: number;
  declare readonly warmupSteps: number;
  declare readonly loggingSteps: number;
  declare readonly evalStrategy: Fields['evalStrategy'];
  declare readonly saveStrategy: Fields['saveStrategy'];
  declare readonly saveTotalLimit: number | undefined;
  declare readonly loadBestModelAtEnd: boolean;
  declare readonly metricForBestModel: string;
  declare readonly greaterIsBetter: boolean;
  declare readonly seed: number;
  declare readonly disableTqdm: boolean;
  declare readonly compile: boolean | CompileOptions;

  constructor(init: TrainingArgumentsInit) {
    checkOptionNames('TrainingArguments', init, Object.keys(schema.shape));
    const fields = parseFields('TrainingArguments', schema.shape, { ...init });
    if (fields.loadBestModelAtEnd && (fields.evalStrategy === 'no' || fields.saveStrategy !== fields.evalStrategy))
      throw new ConfigError(
        'TrainingArguments: loadBestModelAtEnd needs evalStrategy and saveStrategy to be equal and not "no", got ' +
          `${fields.evalStrategy} and ${fields.saveStrategy}`,
      );
    if (typeof fields.compile === 'object') {
      checkOptionNames('TrainingArguments: compile', fields.compile, ['buckets']);
      checkedBuckets('TrainingArguments: compile', fields.compile.buckets ?? []);
    }
    const better = fields.greaterIsBetter ?? !fields.metricForBestModel.endsWith('loss');
    Object.assign(this, { saveTotalLimit: undefined, ...fields, greaterIsBetter: better });
    Object.freeze(this);
  }

  /** Optimizer steps that warm up, of `totalSteps`. */
  warmupOf(totalSteps: number): number {
    return this.warmupSteps > 0 ? this.warmupSteps : Math.ceil(totalSteps * this.warmupRatio);
  }
}
