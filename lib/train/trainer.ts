import path from 'node:path';
import {
  BatchSampler,
  type DataCollator,
  DataCollatorWithPacking,
  type PackedBatch,
  RandomSampler,
  type TokenizedRow,
} from '../data/index.js';
import { AdamW } from '../optim/adamw.js';
import { clipGradNorm } from '../optim/clip_grad_norm.js';
import { ready } from '../tensor/device.js';
import type { Tensor } from '../tensor/tensor.js';
import { throwIfAborted } from '../util/abort.js';
import { ensureWritableFolder } from '../util/atomic_write.js';
import { ConfigError, DataError } from '../util/errors.js';
import { pruneCheckpoints, saveCheckpointFolder } from './checkpoint.js';
import { evaluateModel, type EvaluationOutput } from './evaluation.js';
import { learningRateAt } from './lr_schedule.js';
import { decayGroups } from './parameter_groups.js';
import { ProgressCallback } from './progress.js';
import type { TrainingArguments } from './training_arguments.js';
import type {
  ComputeMetrics,
  LogEntry,
  SavableTokenizer,
  TrainableDataset,
  TrainableModel,
  TrainerCallback,
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
  /** Makes batches of rows; by default {@link DataCollatorWithPacking}. */
  dataCollator?: DataCollator<TokenizedRow, PackedBatch>;
  computeMetrics?: ComputeMetrics;
  callbacks?: readonly TrainerCallback[];
}

/** The end of a training run. */
export interface TrainOutput {
  globalStep: number;
  trainingLoss: number;
  metrics: Record<string, number>;
}

/** A queued step whose loss has not been read yet. */
interface PendingStep {
  step: number;
  epoch: number;
  learningRate: number;
  loss: Promise<number>;
  gradNorm: Promise<number>;
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
  readonly state: TrainerState = {
    globalStep: 0,
    maxSteps: 0,
    epoch: 0,
    logHistory: [],
    bestMetric: undefined,
    bestModelCheckpoint: undefined,
  };
  readonly #options: TrainerOptions;
  readonly #collator: DataCollator<TokenizedRow, PackedBatch>;
  readonly #callbacks: readonly TrainerCallback[];
  #lossSum = 0;
  #logged = { lossSum: 0, steps: 0 };

  constructor(options: TrainerOptions) {
    this.model = options.model;
    this.args = options.args;
    this.#options = options;
    this.#collator = options.dataCollator ?? new DataCollatorWithPacking();
    this.#callbacks = [...(options.args.disableTqdm ? [] : [new ProgressCallback()]), ...(options.callbacks ?? [])];
  }

  /**
   * Runs the training loop.
   * @throws ConfigError without a training set, DataError naming the step whose loss is not finite, AbortError,
   * CheckpointError when a checkpoint cannot be written
   */
  async train(options: { signal?: AbortSignal } = {}): Promise<TrainOutput> {
    const { args, state } = this;
    const dataset = this.#options.trainDataset;
    if (dataset === undefined || dataset.length === 0)
      throw new ConfigError('Trainer: train() needs a trainDataset with at least one row');
    if (args.evalStrategy !== 'no' && this.#options.evalDataset === undefined)
      throw new ConfigError(`Trainer: evalStrategy "${args.evalStrategy}" needs an evalDataset`);
    await ensureWritableFolder(args.outputDir);
    const sampler = new RandomSampler(dataset.length, { seed: args.seed });
    const batches = new BatchSampler({ sampler, batchSize: args.perDeviceTrainBatchSize });
    const perEpoch = batches.batchCount(0);
    state.maxSteps = args.maxSteps > 0 ? args.maxSteps : Math.ceil(perEpoch * args.numTrainEpochs);
    this.model.seedDropout(args.seed);
    const optimizer = this.#optimizer();
    const start = performance.now();
    await this.#emit((callback) => callback.onTrainBegin?.(state));
    try {
      for (let epoch = 0; state.globalStep < state.maxSteps; epoch++) {
        await this.#trainEpoch(batches, epoch, perEpoch, optimizer, options.signal);
        await this.#endEpoch(optimizer, options.signal);
      }
      return await this.#finish((performance.now() - start) / 1e3, dataset.length);
    } finally {
      optimizer.dispose();
      await this.#emit((callback) => callback.onTrainEnd?.(state));
    }
  }

  #optimizer(): AdamW {
    const { adamBeta1, adamBeta2, adamEpsilon, learningRate, weightDecay } = this.args;
    const groups = decayGroups(this.model.namedParameters(), weightDecay);
    if (groups.length === 0) throw new ConfigError('Trainer: the model has no trainable parameter');
    return new AdamW(groups, { lr: learningRate, betas: [adamBeta1, adamBeta2], eps: adamEpsilon });
  }

  async #trainEpoch(batches: BatchSampler, epoch: number, perEpoch: number, optimizer: AdamW, signal?: AbortSignal) {
    const { state } = this;
    const dataset = this.#options.trainDataset!;
    this.model.train();
    let pending: PendingStep | undefined;
    let inEpoch = 0;
    for (const indices of batches.batches(epoch)) {
      if (state.globalStep >= state.maxSteps) break;
      throwIfAborted(signal, 'train');
      const next = this.#step(
        indices.map((index) => dataset.at(index)),
        optimizer,
      );
      state.globalStep += 1;
      state.epoch = epoch + ++inEpoch / perEpoch;
      next.epoch = state.epoch;
      // One step is always queued while the one before is read: the device never waits for JavaScript.
      if (pending !== undefined) await this.#account(pending);
      pending = next;
      await ready(this.model.device);
      await this.#emit((callback) => callback.onStepEnd?.(state));
    }
    if (pending !== undefined) await this.#account(pending);
    await this.#emit((callback) => callback.onEpochEnd?.(state));
  }

  /** Queues forward, backward, clipping and update of one batch. */
  #step(rows: readonly Readonly<TokenizedRow>[], optimizer: AdamW): PendingStep {
    const { args, state } = this;
    const { loss, logits } = this.model.forward(this.#collator.collate(rows));
    if (loss === undefined) throw new DataError('Trainer: the model gave no loss; rows need label or labels');
    loss.backward();
    logits?.dispose();
    const gradNorm = clipGradNorm(optimizer.parameters(), args.maxGradNorm > 0 ? args.maxGradNorm : Infinity);
    const learningRate = learningRateAt(args, state.globalStep, state.maxSteps);
    optimizer.lr = learningRate;
    optimizer.step();
    optimizer.zeroGrad();
    const pending = {
      step: state.globalStep + 1,
      epoch: 0,
      learningRate,
      loss: readAndFree(loss),
      gradNorm: readAndFree(gradNorm),
    };
    pending.loss.catch(() => {});
    pending.gradNorm.catch(() => {});
    return pending;
  }

  async #account(pending: PendingStep): Promise<void> {
    const [loss, gradNorm] = await Promise.all([pending.loss, pending.gradNorm]);
    if (!Number.isFinite(loss))
      throw new DataError(
        `Trainer: the loss of step ${pending.step} is ${loss}; lower the learning rate or check the data`,
        {
          step: pending.step,
          loss,
        },
      );
    this.#lossSum += loss;
    this.#logged.lossSum += loss;
    this.#logged.steps += 1;
    if (pending.step % this.args.loggingSteps !== 0 && pending.step !== this.state.maxSteps) return;
    const mean = this.#logged.lossSum / this.#logged.steps;
    this.#logged = { lossSum: 0, steps: 0 };
    await this.#log({
      step: pending.step,
      epoch: pending.epoch,
      loss: mean,
      gradNorm,
      learningRate: pending.learningRate,
    });
  }

  async #endEpoch(optimizer: AdamW, signal: AbortSignal | undefined): Promise<void> {
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
    const name = evalName(this.args.metricForBestModel);
    const value = metrics[name];
    if (value === undefined) {
      if (!this.args.loadBestModelAtEnd) return false;
      throw new ConfigError(`Trainer: metricForBestModel ${name} is not among ${Object.keys(metrics).join(', ')}`, {
        name,
      });
    }
    const best = this.state.bestMetric;
    const isBest = best === undefined || (this.args.greaterIsBetter ? value > best : value < best);
    if (isBest) this.state.bestMetric = value;
    return isBest;
  }

  async #finish(seconds: number, rows: number): Promise<TrainOutput> {
    const { args, state } = this;
    if (args.loadBestModelAtEnd && state.bestModelCheckpoint !== undefined)
      await this.model.loadPretrainedWeights(state.bestModelCheckpoint);
    const trainLoss = this.#lossSum / Math.max(1, state.globalStep);
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
   * Loss and metrics over the evaluation set (or the one given), as `evalLoss`, `evalAccuracy` ...
   * @throws ConfigError without an evaluation set
   */
  async evaluate(dataset?: TrainableDataset, options: { signal?: AbortSignal } = {}): Promise<Record<string, number>> {
    const chosen = dataset ?? this.#options.evalDataset;
    if (chosen === undefined) throw new ConfigError('Trainer: evaluate() needs an evalDataset');
    const output = await this.#run(chosen, options.signal);
    const metrics = this.#metricsOf(output, 'eval');
    this.model.train();
    await this.#log({ step: this.state.globalStep, epoch: this.state.epoch, ...metrics });
    await this.#emit((callback) => callback.onEvaluate?.(this.state, metrics));
    return metrics;
  }

  /** Logits, labels and metrics (`testLoss` ...) over a data set. */
  async predict(
    dataset: TrainableDataset,
    options: { signal?: AbortSignal } = {},
  ): Promise<EvaluationOutput & { metrics: Record<string, number> }> {
    const output = await this.#run(dataset, options.signal);
    return { ...output, metrics: this.#metricsOf(output, 'test') };
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

  #metricsOf(output: EvaluationOutput, prefix: string): Record<string, number> {
    const computed = this.#options.computeMetrics?.(output) ?? {};
    const all = { ...(output.loss === undefined ? {} : { loss: output.loss }), ...computed };
    const metrics = Object.fromEntries(Object.entries(all).map(([name, value]) => [evalName(name, prefix), value]));
    metrics[`${prefix}Runtime`] = output.seconds;
    metrics[`${prefix}SamplesPerSecond`] = output.samples / output.seconds;
    return metrics;
  }

  async #log(entry: LogEntry): Promise<void> {
    this.state.logHistory.push(entry);
    await this.#emit((callback) => callback.onLog?.(this.state, entry));
  }

  async #emit(call: (callback: TrainerCallback) => void | Promise<void> | undefined): Promise<void> {
    for (const callback of this.#callbacks) await call(callback);
  }
}

/** `f1Macro` or `eval_f1_macro` -> `evalF1Macro`. */
function evalName(name: string, prefix = 'eval'): string {
  const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  if (camel.startsWith(prefix) && camel !== prefix) return camel;
  return prefix + camel.charAt(0).toUpperCase() + camel.slice(1);
}

async function readAndFree(scalar: Tensor): Promise<number> {
  try {
    return await scalar.item();
  } finally {
    scalar.dispose();
  }
}
