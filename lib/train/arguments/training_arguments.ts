import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { parseFields } from '../../util/fields.js';
import { checkContradictions } from './contradictions.js';
import { camelKeys, snakeKeys } from './python_json.js';
import { type Arguments, argumentsSchema, type TrainingArgumentsInit } from './schema.js';

const NAMES = Object.keys(argumentsSchema.shape);

/** Optimizers that Python has several implementations of. */
const OPTIMIZERS: Readonly<Record<string, string>> = { adamw_torch_fused: 'adamw_torch', adamw_hf: 'adamw_torch' };

export interface TrainingArguments extends Readonly<Omit<Arguments, 'dataSeed' | 'perDeviceTrainBatchSize'>> {
  readonly dataSeed: number;
  readonly perDeviceTrainBatchSize: number;
}

/**
 * Settings of a training run, with the meaning and the defaults they have in Hugging Face's `TrainingArguments`.
 *
 * - Length and batches: `outputDir`, `numTrainEpochs`, `maxSteps` (overrides the epochs), `perDeviceTrainBatchSize`,
 *   `perDeviceEvalBatchSize`, `maxTokensPerBatch` (a batch has as many rows as fit in so many tokens, and at most
 *   `perDeviceTrainBatchSize` where that is given),
 *   `gradientAccumulationSteps`, `dataloaderDropLast`, `groupByLength`.
 * - Optimization: `learningRate`, `lrSchedulerType`, `lrSchedulerKwargs` (`numCycles`; `lrEnd` and `power`; `timescale`),
 *   `warmupRatio`, `warmupSteps` (overrides the ratio), `optim` (`adamw_torch`, `sgd`, `adafactor`), `weightDecay` (not on
 *   biases and norms), `adamBeta1`, `adamBeta2`, `adamEpsilon`, `maxGradNorm` (0: no clipping), `layerwiseLrDecay` (factor
 *   of the rate from each layer to the one below), `labelSmoothingFactor`.
 * - Precision and memory: `bf16` and `fp16` (16-bit forward and backward passes over f32 weights, `fp16` with a loss scale
 *   that adapts), `gradientCheckpointing` (layers are computed again in the backward pass in place of being kept).
 *   This library's own: `compile`, true or `{ buckets }`, records the training steps and the passes of evaluations per
 *   bucket and replays them, see {@link PreTrainedModel.compile}.
 * - Logging: `loggingStrategy`, `loggingSteps`, `loggingFirstStep`, `reportTo` (`console`, `jsonl`, `tensorboard`,
 *   `html`: pictures and `report.html` at the end, see {@link writeReport}), `disableTqdm` (no progress bar).
 * - Evaluation: `evalStrategy`, `evalSteps` (by default `loggingSteps`), `evalDelay`, `evalOnStart`,
 *   `evalAccumulationSteps` (batches of outputs that may wait on the device; 1 by default),
 *   `predictionLossOnly` (no predictions are read: no metrics but the loss),
 *   `predictWithGenerate` (predictions are the texts that a sequence-to-sequence model writes, with `generationMaxLength`
 *   and `generationNumBeams`), `metricForBestModel`, `greaterIsBetter`, `earlyStoppingPatience`, `earlyStoppingThreshold`.
 * - Saving: `saveStrategy` (`best`: at evaluations that are the best so far), `saveSteps`, `saveTotalLimit`,
 *   `saveOnlyModel`, `loadBestModelAtEnd`, `resumeFromCheckpoint` (true: the last one in `outputDir`).
 * - Randomness: `seed`, `dataSeed` (of the order of rows; `seed` by default), `fullDeterminism` (without effect: a seed
 *   always gives the same run).
 *
 * Steps may be given as a share of all steps below 1.
 *
 * @throws ConfigError for an unknown field (with the nearest known one), a wrong type or range, or settings that
 * contradict each other
 *
 * @example
 * ```ts
 * import { TrainingArguments } from 'gridstride';
 * const args = new TrainingArguments({ outputDir: './results', numTrainEpochs: 2, learningRate: 2e-5 });
 * console.log(args.perDeviceTrainBatchSize, args.saveSteps); // 8 500
 * ```
 */
export class TrainingArguments {
  constructor(init: TrainingArgumentsInit) {
    checkOptionNames('TrainingArguments', init, NAMES);
    const fields: Arguments = parseFields('TrainingArguments', argumentsSchema.shape, { ...init });
    checkContradictions(fields);
    const wantsBest =
      fields.loadBestModelAtEnd || fields.saveStrategy === 'best' || fields.earlyStoppingPatience !== undefined;
    const metric = fields.metricForBestModel ?? (wantsBest ? 'loss' : undefined);
    Object.assign(this, Object.fromEntries(NAMES.map((name) => [name, undefined])), fields, {
      metricForBestModel: metric,
      greaterIsBetter: fields.greaterIsBetter ?? (metric === undefined ? undefined : !/loss$/i.test(metric)),
      evalSteps: fields.evalSteps ?? (fields.evalStrategy === 'steps' ? fields.loggingSteps : undefined),
      dataSeed: fields.dataSeed ?? fields.seed,
      // Of a budget of tokens the rows are as many as fit.
      perDeviceTrainBatchSize: fields.perDeviceTrainBatchSize ?? fields.maxTokensPerBatch ?? 8,
    });
    Object.freeze(this);
  }

  /** Optimizer steps that warm up, of `totalSteps`. */
  warmupOf(totalSteps: number): number {
    if (this.warmupSteps >= 1) return this.warmupSteps;
    return Math.ceil(totalSteps * (this.warmupSteps > 0 ? this.warmupSteps : this.warmupRatio));
  }

  /** Every field in Python's spelling: what `training_args.json` holds. */
  toJson(): Record<string, unknown> {
    const fields = Object.fromEntries(Object.entries(this).map(([name, value]) => [name, value ?? null]));
    return snakeKeys(fields) as Record<string, unknown>;
  }

  /**
   * Arguments from their names in Python's spelling. Null means absent, and names of Python's Trainer that mean nothing
   * here are left out.
   * @throws ConfigError as the constructor
   */
  static fromJson(json: unknown): TrainingArguments {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new ConfigError('TrainingArguments: the JSON must be an object');
    const given = camelKeys(json) as Record<string, unknown>;
    if (given['trainSamplingStrategy'] === 'group_by_length') given['groupByLength'] = true;
    const optim = given['optim'];
    if (typeof optim === 'string') given['optim'] = OPTIMIZERS[optim] ?? optim;
    const known = NAMES.filter((name) => given[name] !== undefined && given[name] !== null);
    return new TrainingArguments(
      Object.fromEntries(known.map((name) => [name, given[name]])) as unknown as TrainingArgumentsInit,
    );
  }
}
