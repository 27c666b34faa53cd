import path from 'node:path';
import { COMBINATIONS } from '../data/batches/combine_windows.js';
import { DataCollatorWithPacking, type Sampler, type WindowCombination } from '../data/index.js';
import { ensureWritableFolder, writeFileAtomic } from '../util/atomic_write.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { TrainingArguments } from './arguments/training_arguments.js';
import { BestMetric } from './best_metric.js';
import type { TrainerCallback } from './callbacks/callback.js';
import { defaultCallbacks } from './callbacks/default_callbacks.js';
import { CallbackHandler } from './callbacks/handler.js';
import { removeLeftovers } from './checkpoint/folders.js';
import { readResumePoint } from './checkpoint/resume.js';
import { type EvaluationOutput, evaluateModel } from './evaluation.js';
import { finishRun, keepCheckpoint } from './finish.js';
import { TrainingLoop } from './loop.js';
import { namedMetrics } from './metric_names.js';
import { saveResults } from './results.js';
import { isStream } from './row_batches.js';
import { Run } from './run.js';
import { type LogEntry, stateText, type TrainerState } from './state.js';
import { ComputeCopies, computeDType } from './step/compute_copies.js';
import { LossFunction } from './step/loss.js';
import type {
  ComputeLoss,
  MetricsSource,
  SavableTokenizer,
  StreamedDataset,
  TrainableDataset,
  TrainableModel,
  TrainerCollator,
} from './types.js';

/** What a {@link Trainer} works with. */
export interface TrainerOptions {
  model: TrainableModel;
  args: TrainingArguments;
  /** Rows with `inputIds`, perhaps `tokenTypeIds`, and `label` or `labels`; of a stream with `maxSteps`. */
  trainDataset?: TrainableDataset | StreamedDataset;
  evalDataset?: TrainableDataset | StreamedDataset;
  /** Saved beside the model. */
  tokenizer?: SavableTokenizer;
  /** Makes batches of rows; by default {@link DataCollatorWithPacking}, with labels as the model's config has them. */
  dataCollator?: TrainerCollator;
  /** A function of all predictions, or metrics that take them batch by batch: an evaluation then keeps no logits. */
  computeMetrics?: MetricsSource;
  /** A loss in place of the model's, for training and evaluation. */
  computeLoss?: ComputeLoss;
  /** Factor of each class in cross-entropy, or of the positive labels where there are several. */
  classWeights?: readonly number[];
  /**
   * Where rows of the evaluation and test sets are windows of long texts (`tokenizeRows` with `stride`): how the logits of a
   * text's windows become one prediction. Metrics are then of texts; without it each window is a row of its own.
   */
  combination?: WindowCombination;
  /** The order of the training rows; random from `dataSeed` by default. */
  sampler?: Sampler;
  callbacks?: readonly TrainerCallback[];
}

/** The end of a training run. */
export interface TrainOutput {
  globalStep: number;
  trainingLoss: number;
  metrics: Record<string, number>;
}

/** What {@link Trainer.train} takes. */
export interface TrainOptions {
  /** Ends the run at once with an AbortError. */
  signal?: AbortSignal;
  /** A checkpoint to go on from; true: the last one in `outputDir`. By default that of the arguments. */
  resumeFromCheckpoint?: string | boolean;
}

/** Names of {@link TrainerOptions}. @internal */
export const TRAINER_OPTIONS: readonly (keyof TrainerOptions)[] = [
  'model',
  'args',
  'trainDataset',
  'evalDataset',
  'tokenizer',
  'dataCollator',
  'computeMetrics',
  'computeLoss',
  'classWeights',
  'combination',
  'sampler',
  'callbacks',
];

/**
 * Trains, evaluates and keeps a model, with Hugging Face's meaning of every argument. Batches are packed: no padding is
 * computed. The same seed gives the same run, and a resumed run the same as one that was never interrupted.
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
  readonly #handler: CallbackHandler;
  readonly #loss: LossFunction;
  #run: Run | undefined;
  /** Set before the first wait of a run, and until its last. */
  #isTraining = false;

  /** @throws ConfigError for an unknown option, or without a model or arguments */
  constructor(options: TrainerOptions) {
    checkOptionNames('Trainer', options, TRAINER_OPTIONS);
    checkParts(options);
    const { model, args, computeLoss, classWeights, trainDataset, evalDataset } = options;
    this.model = model;
    this.args = args;
    this.#options = options;
    const { labelKind } = model;
    this.#collator = options.dataCollator ?? new DataCollatorWithPacking(labelKind === undefined ? {} : { labelKind });
    this.#loss = new LossFunction({ model, args, computeLoss, classWeights });
    const data = { train: trainDataset, eval: evalDataset };
    this.#handler = new CallbackHandler(defaultCallbacks(args, options.callbacks ?? [], data), args, model);
  }

  /** Where the run stands; each {@link Trainer.train} begins a new one. */
  get state(): TrainerState {
    return this.#handler.state;
  }

  /**
   * Runs the training loop. Called again, it trains the model as it is by then for another whole run, with a fresh
   * optimizer, schedule, log and best metric, as in Hugging Face. After a loss or a gradient that is not finite the
   * weights are those of the last good step.
   * @throws ConfigError without a training set, while it runs already, or for buckets that the model cannot have,
   * DTypeError for 16-bit weights, DataError naming the step whose loss is not finite, AbortError, CheckpointError when
   * a checkpoint cannot be written, or one to resume from is malformed or of another model
   */
  async train(options: TrainOptions = {}): Promise<TrainOutput> {
    checkOptionNames('Trainer.train', options, ['signal', 'resumeFromCheckpoint']);
    if (this.#isTraining) throw new ConfigError('Trainer: train() is running already');
    this.#isTraining = true;
    try {
      return await this.#trainFrom(options);
    } finally {
      this.#isTraining = false;
    }
  }

  /**
   * Loss and metrics over the evaluation set (or the one given), as `evalLoss`, `evalAccuracy` ... The model stays in
   * the mode it has.
   * @throws ConfigError without an evaluation set
   */
  async evaluate(
    dataset?: TrainableDataset | StreamedDataset,
    options: { signal?: AbortSignal } = {},
  ): Promise<Record<string, number>> {
    const chosen = dataset ?? this.#options.evalDataset;
    if (chosen === undefined) throw new ConfigError('Trainer: evaluate() needs an evalDataset');
    const { metrics } = await this.#runOver(chosen, 'eval', false, options.signal);
    const { globalStep, epoch } = this.state;
    await this.#log({ step: globalStep, epoch, ...metrics });
    await this.#handler.emit('onEvaluate', { metrics });
    return { ...metrics, epoch };
  }

  /** Logits, labels and metrics (`testLoss` ...) over a data set. The model stays in the mode it has. */
  async predict(
    dataset: TrainableDataset | StreamedDataset,
    options: { signal?: AbortSignal } = {},
  ): Promise<EvaluationOutput & { metrics: Record<string, number> }> {
    const output = await this.#runOver(dataset, 'test', true, options.signal);
    await this.#handler.emit('onPredict', { metrics: output.metrics });
    return output;
  }

  /** Saves the model, and the tokenizer when there is one, in a folder (default: `outputDir`). */
  async saveModel(folder: string = this.args.outputDir): Promise<void> {
    await ensureWritableFolder(folder);
    const save = () => this.model.savePretrained(folder);
    await (this.#run === undefined ? save() : this.#run.onWeights(save));
    await this.#options.tokenizer?.savePretrained(folder);
  }

  /**
   * Writes metrics to `<split>_results.json` in `outputDir` and adds them to `all_results.json`, in Python's spelling.
   * @param split `train`, `eval`, `test` ...
   * @throws ConfigError unless the split is a plain name, CheckpointError when the folder cannot be written
   */
  async saveMetrics(split: string, metrics: Record<string, number>): Promise<void> {
    if (!/^\w[\w-]*$/.test(split))
      throw new ConfigError(`Trainer: the split must be a plain name, got ${JSON.stringify(split)}`, { split });
    await saveResults(this.args.outputDir, split, metrics);
  }

  /** Writes `trainer_state.json` to `outputDir`. @throws CheckpointError when the folder cannot be written */
  async saveState(): Promise<void> {
    await ensureWritableFolder(this.args.outputDir);
    await writeFileAtomic(path.join(this.args.outputDir, 'trainer_state.json'), stateText(this.state));
  }

  #trainingRows(): TrainableDataset | StreamedDataset {
    const { trainDataset, evalDataset } = this.#options;
    if (trainDataset === undefined || (!isStream(trainDataset) && trainDataset.length === 0))
      throw new ConfigError('Trainer: train() needs a trainDataset with at least one row');
    if (this.args.evalStrategy !== 'no' && evalDataset === undefined)
      throw new ConfigError(`Trainer: evalStrategy "${this.args.evalStrategy}" needs an evalDataset`);
    return trainDataset;
  }

  #compile(): void {
    const { args, model } = this;
    if (args.compile === false) return;
    if (model.compile === undefined) throw new ConfigError('Trainer: compile needs a model that has compile()');
    model.compile(args.compile === true ? {} : args.compile);
  }

  #checkpointGradients(on: boolean): void {
    if (this.model.checkpointGradients === undefined)
      throw new ConfigError('Trainer: gradientCheckpointing needs a model with checkpointGradients()');
    this.model.checkpointGradients(on);
  }

  async #trainFrom(options: TrainOptions): Promise<TrainOutput> {
    const { args, model } = this;
    const dataset = this.#trainingRows();
    await removeLeftovers(args.outputDir);
    const asked = options.resumeFromCheckpoint ?? args.resumeFromCheckpoint;
    const point = await readResumePoint(asked, args.outputDir);
    this.#compile();
    const { sampler } = this.#options;
    const run = await Run.start({ model, args, loss: this.#loss, dataset, sampler, signal: options.signal }, point);
    this.#run = run;
    this.#handler.state = run.state;
    this.#handler.optimizer = run.optimizer;
    try {
      if (args.gradientCheckpointing) this.#checkpointGradients(true);
      if (point !== undefined) this.#handler.loadStates();
      await ensureWritableFolder(args.outputDir);
      return await this.#trainRun(run);
    } finally {
      if (args.gradientCheckpointing) this.#checkpointGradients(false);
      this.#handler.optimizer = undefined;
      this.#run = undefined;
      run.dispose();
      this.#loss.dispose();
    }
  }

  async #trainRun(run: Run): Promise<TrainOutput> {
    const start = { time: performance.now(), step: run.state.globalStep };
    const best = new BestMetric(this.args, run.state);
    const loop = new TrainingLoop({
      run,
      handler: this.#handler,
      collator: this.#collator,
      countedParameters: countParameters(this.model),
      log: (entry) => this.#log(entry),
      evaluate: async () =>
        best.update(await this.evaluate(undefined, run.parts.signal && { signal: run.parts.signal })),
      save: () => this.#save(run),
    });
    try {
      await loop.train();
      const { metrics, trainLoss } = finishRun(run, start);
      const { globalStep, totalFlos } = run.state;
      await this.#log({ step: globalStep, epoch: run.state.epoch, totalFlos, ...metrics });
      await keepCheckpoint(run);
      return { globalStep, trainingLoss: trainLoss, metrics };
    } finally {
      await this.#handler.emit('onTrainEnd');
    }
  }

  async #save(run: Run): Promise<void> {
    this.#handler.saveStates();
    const folder = await run.save(this.#options.tokenizer);
    await this.#handler.emit('onSave', { folder });
  }

  async #runOver(
    dataset: TrainableDataset | StreamedDataset,
    prefix: 'eval' | 'test',
    keepsPredictions: boolean,
    signal: AbortSignal | undefined,
  ): Promise<EvaluationOutput & { metrics: Record<string, number> }> {
    const { computeMetrics } = this.#options;
    const whole = typeof computeMetrics === 'function' ? computeMetrics : undefined;
    const accumulator = typeof computeMetrics === 'object' ? computeMetrics : undefined;
    const reporters = prefix === 'eval' ? this.#handler.observers : [];
    const observers = [...(accumulator === undefined ? [] : [accumulator]), ...reporters];
    for (const observer of observers) observer.reset();
    const dtype = this.#run === undefined ? computeDType(this.args) : undefined;
    const copies = dtype === undefined ? undefined : new ComputeCopies(this.model, dtype);
    try {
      const output = await evaluateModel(this.model, dataset, {
        batchSize: this.args.perDeviceEvalBatchSize,
        collator: this.#collator,
        loss: this.#loss,
        observers,
        combination: this.#options.combination,
        keepsPredictions: keepsPredictions || whole !== undefined,
        ahead: this.args.evalAccumulationSteps ?? 1,
        signal,
        onStep: (done, total) => this.#handler.emit('onPredictionStep', { done, total }),
      });
      const computed = whole?.(output) ?? accumulator?.compute() ?? {};
      return { ...output, metrics: namedMetrics(output, computed, prefix) };
    } finally {
      copies?.dispose();
    }
  }

  async #log(entry: LogEntry): Promise<void> {
    this.state.logHistory.push(entry);
    await this.#handler.emit('onLog', { logs: entry });
  }
}

/** Parameters but embeddings, as Hugging Face counts them for its estimate of operations. */
function countParameters(model: TrainableModel): number {
  let count = 0;
  for (const [name, { size }] of model.namedParameters()) if (!/embeddings?\.weight$/.test(name)) count += size;
  return count;
}

function checkParts({ model, args, computeMetrics, combination }: TrainerOptions): void {
  const kind = (value: unknown) => (value === null ? 'null' : typeof value);
  if (typeof model?.forward !== 'function')
    throw new ConfigError(`Trainer: model must be a model to train, got ${kind(model)}`);
  if (!(args instanceof TrainingArguments))
    throw new ConfigError(`Trainer: args must be TrainingArguments, got ${kind(args)}`);
  if (combination !== undefined && !COMBINATIONS.includes(combination))
    throw new ConfigError(`Trainer: combination must be one of ${COMBINATIONS.join(', ')}, got ${String(combination)}`);
  if (computeMetrics === undefined || typeof computeMetrics === 'function') return;
  if ((['reset', 'add', 'compute'] as const).some((name) => typeof computeMetrics?.[name] !== 'function'))
    throw new ConfigError(
      `Trainer: computeMetrics must be a function or have reset, add and compute, got ${kind(computeMetrics)}`,
    );
}
