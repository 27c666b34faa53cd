import path from 'node:path';
import { ensureWritableFolder, writeFileAtomic } from '../util/atomic_write.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import type { TrainingArguments } from './arguments/training_arguments.js';
import { BestMetric } from './best_metric.js';
import { defaultCallbacks } from './callbacks/default_callbacks.js';
import { CallbackHandler } from './callbacks/handler.js';
import { removeLeftovers } from './checkpoint/folders.js';
import { readResumePoint } from './checkpoint/resume.js';
import { type EvaluationOutput, evaluateModel } from './evaluation.js';
import { finishRun, keepCheckpoint } from './finish.js';
import { TrainingLoop } from './loop.js';
import { namedMetrics } from './metric_names.js';
import { computedMetrics } from './computed_metrics.js';
import { type FittedModel, fitModel } from './fitted_model.js';
import { checkModel, checkOptions, type TrainerOptions, type TrainOptions, type TrainOutput } from './options.js';
import { judgesOf, writerOf } from './judges.js';
import { Results } from './results.js';
import { isStream } from './row_batches.js';
import { Run } from './run.js';
import { type LogEntry, stateText, type TrainerState } from './state.js';
import { ComputeCopies, computeDType } from './step/compute_copies.js';
import type { StreamedDataset, TrainableDataset, TrainableModel } from './types.js';

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
  readonly args: TrainingArguments;
  readonly #options: TrainerOptions;
  readonly #handler: CallbackHandler;
  readonly #results: Results;
  #fitted: FittedModel | undefined;
  /** The first model of `modelInit` under way. */
  #making: Promise<FittedModel> | undefined;
  #run: Run | undefined;
  /** Set before the first wait of a run, and until its last. */
  #isTraining = false;

  /** @throws ConfigError for an option that is unknown, missing, of another kind, or contradicts another */
  constructor(options: TrainerOptions) {
    checkOptions(options);
    const { model, args, callbacks = [], trainDataset, evalDataset } = options;
    this.args = args;
    this.#options = options;
    this.#results = new Results(args.outputDir);
    const data = { train: trainDataset, eval: evalDataset };
    this.#handler = new CallbackHandler(defaultCallbacks(args, callbacks, data), args);
    if (model !== undefined) this.#fit(model);
  }

  /**
   * What is trained: with `modelInit` the last one it made.
   * @throws ConfigError before `modelInit` has made one: `train`, `evaluate` and `predict` have it do so
   */
  get model(): TrainableModel {
    if (this.#fitted === undefined) throw new ConfigError('Trainer: modelInit has made no model yet');
    return this.#fitted.model;
  }

  /** Where the run stands; each {@link Trainer.train} begins a new one. */
  get state(): TrainerState {
    return this.#handler.state;
  }

  /**
   * Runs the training loop. Called again, it trains the model as it is by then (with `modelInit` a new one) for another
   * whole run, with a fresh optimizer, schedule, log and best metric, as in Hugging Face. Results and report of an earlier
   * run in `outputDir` go when a run that did not resume has ended. After a loss or a gradient that is not finite the
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
    const { model } = await this.#anyModel();
    const save = () => model.savePretrained(folder);
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
    await this.#results.save(split, metrics);
  }

  /** Writes `trainer_state.json` to `outputDir`. @throws CheckpointError when the folder cannot be written */
  async saveState(): Promise<void> {
    await ensureWritableFolder(this.args.outputDir);
    await writeFileAtomic(path.join(this.args.outputDir, 'trainer_state.json'), stateText(this.state));
  }

  #fit(model: TrainableModel): FittedModel {
    this.#fitted = fitModel(this.#options, model);
    this.#handler.useModel(model);
    return this.#fitted;
  }

  async #newModel(modelInit: NonNullable<TrainerOptions['modelInit']>): Promise<FittedModel> {
    return this.#fit(checkModel('modelInit', await modelInit(this.args)));
  }

  /** The model there is, or the first that `modelInit` makes. */
  async #anyModel(): Promise<FittedModel> {
    if (this.#fitted !== undefined) return this.#fitted;
    this.#making ??= this.#newModel(this.#options.modelInit!).finally(() => (this.#making = undefined));
    return this.#making;
  }

  #trainingRows(): TrainableDataset | StreamedDataset {
    const { trainDataset, evalDataset } = this.#options;
    if (trainDataset === undefined || (!isStream(trainDataset) && trainDataset.length === 0))
      throw new ConfigError('Trainer: train() needs a trainDataset with at least one row');
    if (this.args.evalStrategy !== 'no' && evalDataset === undefined)
      throw new ConfigError(`Trainer: evalStrategy "${this.args.evalStrategy}" needs an evalDataset`);
    return trainDataset;
  }

  #compile(model: TrainableModel): void {
    const { args } = this;
    if (args.compile === false) return;
    if (model.compile === undefined) throw new ConfigError('Trainer: compile needs a model that has compile()');
    model.compile(args.compile === true ? {} : args.compile);
  }

  #checkpointGradients(model: TrainableModel, on: boolean): void {
    if (model.checkpointGradients === undefined)
      throw new ConfigError('Trainer: gradientCheckpointing needs a model with checkpointGradients()');
    model.checkpointGradients(on);
  }

  async #trainFrom(options: TrainOptions): Promise<TrainOutput> {
    const { args } = this;
    const { sampler, modelInit } = this.#options;
    const dataset = this.#trainingRows();
    await removeLeftovers(args.outputDir);
    const asked = options.resumeFromCheckpoint ?? args.resumeFromCheckpoint;
    const point = await readResumePoint(asked, args.outputDir);
    const { model, loss } = modelInit === undefined ? this.#fitted! : await this.#newModel(modelInit);
    this.#compile(model);
    const run = await Run.start({ model, args, loss, dataset, sampler, signal: options.signal }, point);
    this.#run = run;
    this.#handler.state = run.state;
    this.#handler.optimizer = run.optimizer;
    try {
      if (args.gradientCheckpointing) this.#checkpointGradients(model, true);
      if (point !== undefined) this.#handler.loadStates();
      await ensureWritableFolder(args.outputDir);
      return await this.#trainRun(run, point !== undefined);
    } finally {
      if (args.gradientCheckpointing) this.#checkpointGradients(model, false);
      this.#handler.optimizer = undefined;
      this.#run = undefined;
      run.dispose();
      loss.dispose();
    }
  }

  async #trainRun(run: Run, isResumed: boolean): Promise<TrainOutput> {
    const start = { time: performance.now(), step: run.state.globalStep };
    const best = new BestMetric(this.args, run.state);
    const loop = new TrainingLoop({
      run,
      handler: this.#handler,
      collator: this.#fitted!.collator,
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
      if (!isResumed) await this.#results.dropEarlier();
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
    const { model, collator, loss } = await this.#anyModel();
    const reporters = prefix === 'eval' ? this.#handler.observers : [];
    const { metrics, observers, needsAll } = judgesOf(this.#options.computeMetrics, reporters, this.args);
    for (const observer of observers) observer.reset();
    const dtype = this.#run === undefined ? computeDType(this.args) : undefined;
    const copies = dtype === undefined ? undefined : new ComputeCopies(model, dtype);
    try {
      const output = await evaluateModel(model, dataset, {
        batchSize: this.args.perDeviceEvalBatchSize,
        collator,
        loss,
        observers,
        combination: this.#options.combination,
        write: writerOf(model, this.args),
        keepsPredictions: keepsPredictions || needsAll,
        ahead: this.args.evalAccumulationSteps ?? 1,
        signal,
        onStep: (done, total) => this.#handler.emit('onPredictionStep', { done, total }),
      });
      return { ...output, metrics: namedMetrics(output, computedMetrics(metrics, output), prefix) };
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
