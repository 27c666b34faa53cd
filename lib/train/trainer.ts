import path from 'node:path';
import { BatchSampler, DataCollatorWithPacking, RandomSampler } from '../data/index.js';
import { AdamW } from '../optim/adamw.js';
import { ready } from '../tensor/device.js';
import { throwIfAborted } from '../util/abort.js';
import { ensureWritableFolder } from '../util/atomic_write.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { pruneCheckpoints, saveCheckpointFolder } from './checkpoint.js';
import { evaluateModel, type EvaluationOutput } from './evaluation.js';
import { learningRateAt } from './lr_schedule.js';
import { metricName, namedMetrics } from './metric_names.js';
import { decayGroups } from './parameter_groups.js';
import { ProgressCallback } from './progress.js';
import { type PendingStep, readStep, StepQueue } from './step_queue.js';
import { TrainingArguments } from './training_arguments.js';
import type {
  ComputeMetrics,
  LogEntry,
  SavableTokenizer,
  TrainableDataset,
  TrainableModel,
  TrainerCallback,
  TrainerCollator,
  TrainerState,
} from './types.js';

/** What a {@link Trainer} works with. */
export interface TrainerOptions {
  model: TrainableModel;
  args: TrainingArguments;
  /** Rows with `inputIds`, perhaps `tokenTypeIds`, and `label` or `labels`. */
  trainDataset?: TrainableDataset;
  evalDataset?: TrainableDataset;
  /** Saved beside the model. */
  tokenizer?: SavableTokenizer;
  /** Makes batches of rows; by default {@link DataCollatorWithPacking}, with labels as the model's config has them. */
  dataCollator?: TrainerCollator;
  computeMetrics?: ComputeMetrics;
  callbacks?: readonly TrainerCallback[];
}

/** The end of a training run. */
export interface TrainOutput {
  globalStep: number;
  trainingLoss: number;
  metrics: Record<string, number>;
}

/** What one run of training has of its own. */
interface Run {
  optimizer: AdamW;
  steps: StepQueue;
  batches: BatchSampler;
  stepsPerEpoch: number;
  lossSum: number;
  /** Since the last line of the log. */
  logged: { lossSum: number; steps: number };
  signal: AbortSignal | undefined;
}

const OPTION_NAMES = [
  'model',
  'args',
  'trainDataset',
  'evalDataset',
  'tokenizer',
  'dataCollator',
  'computeMetrics',
  'callbacks',
];

function freshState(): TrainerState {
  return {
    globalStep: 0,
    maxSteps: 0,
    epoch: 0,
    logHistory: [],
    bestMetric: undefined,
    bestModelCheckpoint: undefined,
  };
}

/**
 * Trains, evaluates and keeps a model, with Hugging Face's meaning of every argument. Batches are packed: no padding is
 * computed. The same seed gives the same run.
 *
 * @example
 * ```ts no-run
 * import { AutoModelForSequenceClassification, AutoTokenizer, Dataset, Trainer, TrainingArguments } from 'gridstride';
 * const tokenizer = await AutoTokenizer.fromPretrained('./bert');
 * const model = await AutoModelForSequenceClassification.fromPretrained('./bert', { numLabels: 2 });
 * const rows = Dataset.fromArray([{ text: 'Great film.', label: 1 }, { text: 'A waste of time.', label: 0 }]);
 * const encoded = await tokenizer(rows.column('text'), { truncation: true, maxLength: 128 });
 * const trainDataset = Dataset.fromArray(encoded.inputIds.map((inputIds, i) => ({ inputIds, label: rows.at(i).label })));
 * const args = new TrainingArguments({ outputDir: './results', numTrainEpochs: 2, learningRate: 2e-5 });
 * await new Trainer({ model, args, trainDataset, tokenizer }).train();
 * ```
 */
export class Trainer {
  readonly model: TrainableModel;
  readonly args: TrainingArguments;
  readonly #options: TrainerOptions;
  readonly #collator: TrainerCollator;
  readonly #callbacks: readonly TrainerCallback[];
  #state = freshState();

  /** @throws ConfigError for an unknown option, or without a model or arguments */
  constructor(options: TrainerOptions) {
    checkOptionNames('Trainer', options, OPTION_NAMES);
    checkParts(options);
    this.model = options.model;
    this.args = options.args;
    this.#options = options;
    const { labelKind } = options.model;
    this.#collator = options.dataCollator ?? new DataCollatorWithPacking(labelKind === undefined ? {} : { labelKind });
    this.#callbacks = [...(options.args.disableTqdm ? [] : [new ProgressCallback()]), ...(options.callbacks ?? [])];
  }

  /** Where the run stands; each {@link Trainer.train} begins a new one. */
  get state(): TrainerState {
    return this.#state;
  }

  /**
   * Runs the training loop. Called again, it trains the model as it is by then for another whole run, with a fresh
   * optimizer, schedule, log and best metric, as in Hugging Face. After a loss or a gradient that is not finite the
   * weights are those of the last good step.
   * @throws ConfigError without a training set or for buckets that the model cannot have, DTypeError for 16-bit weights, DataError naming the step whose loss is
   * not finite, AbortError, CheckpointError when a checkpoint cannot be written
   */
  async train(options: { signal?: AbortSignal } = {}): Promise<TrainOutput> {
    const { args } = this;
    const dataset = this.#options.trainDataset;
    if (dataset === undefined || dataset.length === 0)
      throw new ConfigError('Trainer: train() needs a trainDataset with at least one row');
    if (args.evalStrategy !== 'no' && this.#options.evalDataset === undefined)
      throw new ConfigError(`Trainer: evalStrategy "${args.evalStrategy}" needs an evalDataset`);
    this.#compile();
    const run = this.#newRun(dataset.length, options.signal);
    try {
      await ensureWritableFolder(args.outputDir);
      return await this.#trainEpochs(run, dataset.length);
    } finally {
      run.steps.dispose();
      run.optimizer.dispose();
    }
  }

  #compile(): void {
    const { args, model } = this;
    if (args.compile === false) return;
    if (model.compile === undefined) throw new ConfigError('Trainer: compile needs a model that has compile()');
    model.compile(args.compile === true ? {} : args.compile);
  }

  #newRun(rows: number, signal: AbortSignal | undefined): Run {
    const { args, model } = this;
    const sampler = new RandomSampler(rows, { seed: args.seed });
    const batches = new BatchSampler({ sampler, batchSize: args.perDeviceTrainBatchSize });
    const optimizer = this.#optimizer();
    const steps = new StepQueue({ model, collator: this.#collator, optimizer, maxGradNorm: args.maxGradNorm });
    const stepsPerEpoch = batches.batchCount(0);
    return { optimizer, steps, batches, stepsPerEpoch, lossSum: 0, logged: { lossSum: 0, steps: 0 }, signal };
  }

  async #trainEpochs(run: Run, rows: number): Promise<TrainOutput> {
    const { args } = this;
    const state = (this.#state = freshState());
    state.maxSteps = args.maxSteps > 0 ? args.maxSteps : Math.ceil(run.stepsPerEpoch * args.numTrainEpochs);
    this.model.seedDropout(args.seed);
    const start = performance.now();
    await this.#emit((callback) => callback.onTrainBegin?.(state));
    try {
      for (let epoch = 0; state.globalStep < state.maxSteps; epoch++) {
        await this.#trainEpoch(run, epoch);
        await this.#endEpoch(run);
      }
      return await this.#finish(run, (performance.now() - start) / 1e3, rows);
    } finally {
      await this.#emit((callback) => callback.onTrainEnd?.(state));
    }
  }

  #optimizer(): AdamW {
    const { adamBeta1, adamBeta2, adamEpsilon, learningRate, weightDecay } = this.args;
    const groups = decayGroups(this.model.namedParameters(), weightDecay);
    if (groups.length === 0) throw new ConfigError('Trainer: the model has no trainable parameter');
    return new AdamW(groups, { lr: learningRate, betas: [adamBeta1, adamBeta2], eps: adamEpsilon });
  }

  async #trainEpoch(run: Run, epoch: number): Promise<void> {
    const { args, state } = this;
    const dataset = this.#options.trainDataset!;
    this.model.train();
    let pending: PendingStep | undefined;
    let inEpoch = 0;
    for (const indices of run.batches.batches(epoch)) {
      if (state.globalStep >= state.maxSteps) break;
      throwIfAborted(run.signal, 'train');
      const rows = indices.map((index) => dataset.at(index));
      const learningRate = learningRateAt(args, state.globalStep, state.maxSteps);
      const next = run.steps.push(rows, state.globalStep + 1, learningRate);
      state.globalStep += 1;
      state.epoch = epoch + ++inEpoch / run.stepsPerEpoch;
      // One step is always queued while the one before is read: the device never waits for JavaScript.
      if (pending !== undefined) await this.#account(run, pending);
      pending = next;
      await ready(this.model.device);
      await this.#emit((callback) => callback.onStepEnd?.(state));
    }
    if (pending !== undefined) await this.#account(run, pending);
    await this.#emit((callback) => callback.onEpochEnd?.(state));
  }

  /** Reads a step and logs it where a line is due. */
  async #account(run: Run, pending: PendingStep): Promise<void> {
    const { loss, gradNorm } = await readStep(pending);
    const { logged } = run;
    const { step, learningRate } = pending;
    run.lossSum += loss;
    logged.lossSum += loss;
    logged.steps += 1;
    if (step % this.args.loggingSteps !== 0 && step !== this.state.maxSteps) return;
    run.logged = { lossSum: 0, steps: 0 };
    const epoch = step / run.stepsPerEpoch;
    await this.#log({ step, epoch, loss: logged.lossSum / logged.steps, gradNorm, learningRate });
  }

  async #endEpoch({ optimizer, signal }: Run): Promise<void> {
    const { args, state } = this;
    let metrics: Record<string, number> = {};
    if (args.evalStrategy === 'epoch') metrics = await this.evaluate(undefined, signal === undefined ? {} : { signal });
    const isBest = args.evalStrategy === 'epoch' && this.#updateBest(metrics);
    if (args.saveStrategy !== 'epoch') return;
    const folder = path.join(args.outputDir, `checkpoint-${state.globalStep}`);
    if (isBest) state.bestModelCheckpoint = folder;
    const { model } = this;
    await saveCheckpointFolder(args.outputDir, {
      model,
      tokenizer: this.#options.tokenizer,
      optimizer: optimizer.stateDict(),
      state,
      args,
    });
    const best = args.loadBestModelAtEnd ? state.bestModelCheckpoint : undefined;
    if (args.saveTotalLimit !== undefined) await pruneCheckpoints(args.outputDir, args.saveTotalLimit, best);
    await this.#emit((callback) => callback.onSave?.(state, folder));
  }

  #updateBest(metrics: Record<string, number>): boolean {
    const { metricForBestModel, loadBestModelAtEnd, greaterIsBetter } = this.args;
    const value = metrics[metricName(metricForBestModel, 'eval')];
    if (value === undefined) {
      // The default, a loss, is no wish: rows without labels have none.
      if (!loadBestModelAtEnd && metricForBestModel === 'loss') return false;
      const known = Object.keys(metrics);
      throw new ConfigError(
        `Trainer: metricForBestModel must be one of the evaluation's ${known.join(', ')}, got ${metricForBestModel}`,
        { metricForBestModel, known },
      );
    }
    const best = this.state.bestMetric;
    const isBest = best === undefined || (greaterIsBetter ? value > best : value < best);
    if (isBest) this.state.bestMetric = value;
    return isBest;
  }

  async #finish(run: Run, seconds: number, rows: number): Promise<TrainOutput> {
    const { args, state } = this;
    if (args.loadBestModelAtEnd && state.bestModelCheckpoint !== undefined)
      await this.model.loadPretrainedWeights(state.bestModelCheckpoint);
    const trainLoss = run.lossSum / Math.max(1, state.globalStep);
    const samples = rows * (state.globalStep / Math.max(1, state.maxSteps)) * args.numTrainEpochs;
    const metrics = {
      trainRuntime: seconds,
      trainSamplesPerSecond: samples / seconds,
      trainStepsPerSecond: state.globalStep / seconds,
      trainLoss,
    };
    await this.#log({ step: state.globalStep, epoch: state.epoch, ...metrics });
    return { globalStep: state.globalStep, trainingLoss: trainLoss, metrics };
  }

  /**
   * Loss and metrics over the evaluation set (or the one given), as `evalLoss`, `evalAccuracy` ... The model stays in
   * the mode it has.
   * @throws ConfigError without an evaluation set
   */
  async evaluate(dataset?: TrainableDataset, options: { signal?: AbortSignal } = {}): Promise<Record<string, number>> {
    const chosen = dataset ?? this.#options.evalDataset;
    if (chosen === undefined) throw new ConfigError('Trainer: evaluate() needs an evalDataset');
    const output = await this.#run(chosen, options.signal);
    const metrics = namedMetrics(output, this.#options.computeMetrics, 'eval');
    await this.#log({ step: this.state.globalStep, epoch: this.state.epoch, ...metrics });
    await this.#emit((callback) => callback.onEvaluate?.(this.state, metrics));
    return metrics;
  }

  /** Logits, labels and metrics (`testLoss` ...) over a data set. The model stays in the mode it has. */
  async predict(
    dataset: TrainableDataset,
    options: { signal?: AbortSignal } = {},
  ): Promise<EvaluationOutput & { metrics: Record<string, number> }> {
    const output = await this.#run(dataset, options.signal);
    return { ...output, metrics: namedMetrics(output, this.#options.computeMetrics, 'test') };
  }

  /** Saves the model, and the tokenizer when there is one, in a folder (default: `outputDir`). */
  async saveModel(folder: string = this.args.outputDir): Promise<void> {
    await ensureWritableFolder(folder);
    await this.model.savePretrained(folder);
    await this.#options.tokenizer?.savePretrained(folder);
  }

  #run(dataset: TrainableDataset, signal: AbortSignal | undefined): Promise<EvaluationOutput> {
    return evaluateModel(this.model, dataset, {
      batchSize: this.args.perDeviceEvalBatchSize,
      collator: this.#collator,
      signal,
      onStep: (done, total) => this.#emit((callback) => callback.onPredictionStep?.(done, total)),
    });
  }

  async #log(entry: LogEntry): Promise<void> {
    this.state.logHistory.push(entry);
    await this.#emit((callback) => callback.onLog?.(this.state, entry));
  }

  async #emit(call: (callback: TrainerCallback) => void | Promise<void> | undefined): Promise<void> {
    for (const callback of this.#callbacks) await call(callback);
  }
}

function checkParts({ model, args }: TrainerOptions): void {
  if (typeof model?.forward !== 'function')
    throw new ConfigError(`Trainer: model must be a model to train, got ${model === null ? 'null' : typeof model}`);
  if (!(args instanceof TrainingArguments))
    throw new ConfigError(`Trainer: args must be TrainingArguments, got ${args === null ? 'null' : typeof args}`);
}
