import { BatchSampler, LengthGroupedSampler, RandomSampler, type Sampler } from '../data/index.js';
import type { Optimizer } from '../optim/optimizer.js';
import { ConfigError } from '../util/errors.js';
import { LoopPacer } from '../util/yield.js';
import { learningRateAt } from './arguments/lr_schedule.js';
import type { TrainingArguments } from './arguments/training_arguments.js';
import { checkpointFolder, listCheckpoints, pruneCheckpoints } from './checkpoint/folders.js';
import { loadOptimizer } from './checkpoint/optimizer_files.js';
import { loadWeights, type ResumePoint } from './checkpoint/resume.js';
import { type CheckpointContents, saveCheckpointFolder } from './checkpoint/save.js';
import { EpochPlan, type Position } from './epoch_plan.js';
import { LOSS_LOG, LossLog } from './loss_log.js';
import { isStream, type RowBatches, SampledBatches, StreamedBatches } from './row_batches.js';
import { freshState, type TrainerState } from './state.js';
import { ComputeCopies, computeDType } from './step/compute_copies.js';
import type { LossFunction } from './step/loss.js';
import { LossScaler } from './step/loss_scaler.js';
import { makeOptimizer } from './step/make_optimizer.js';
import { TrainedParameters } from './step/parameters.js';
import { TrainingStep } from './step/training_step.js';
import type { SavableTokenizer, StreamedDataset, TrainableDataset, TrainableModel } from './types.js';

/** What a run is made of. @internal */
export interface RunParts {
  model: TrainableModel;
  args: TrainingArguments;
  loss: LossFunction;
  dataset: TrainableDataset | StreamedDataset;
  /** The caller's order of rows. */
  sampler: Sampler | undefined;
  signal: AbortSignal | undefined;
}

/** The numbers of a long list, a few milliseconds at a time. */
async function listed<List extends Uint32Array | Float32Array>(
  list: List,
  valueOf: (i: number) => number,
  signal: AbortSignal | undefined,
): Promise<List> {
  const pacer = new LoopPacer('train', { signal });
  for (let i = 0; i < list.length; i++) {
    list[i] = valueOf(i);
    if (pacer.isDue()) await pacer.pause();
  }
  return list;
}

async function makeSampler(parts: RunParts, dataset: TrainableDataset, dataSeed: number): Promise<BatchSampler> {
  const { args, sampler, signal } = parts;
  const { perDeviceTrainBatchSize: batchSize, maxTokensPerBatch: maxTokens, dataloaderDropLast: dropLast } = args;
  const tokensOf = (i: number) => dataset.at(i).inputIds.length;
  const needsLengths = maxTokens !== undefined || args.groupByLength;
  const lengths = needsLengths ? await listed(new Uint32Array(dataset.length), tokensOf, signal) : [];
  const order = () => {
    if (!args.groupByLength) return new RandomSampler(dataset.length, { seed: dataSeed });
    return new LengthGroupedSampler(lengths, { batchSize: batchSize * args.gradientAccumulationSteps, seed: dataSeed });
  };
  return new BatchSampler({
    sampler: sampler ?? order(),
    batchSize,
    dropLast,
    ...(maxTokens !== undefined && { maxTokens, lengths }),
  });
}

/** The rows of a run and how many batches they make. */
async function makeRows(parts: RunParts, dataSeed: number): Promise<{ rows: RowBatches; plan: EpochPlan }> {
  const { args, dataset, sampler, signal } = parts;
  const { perDeviceTrainBatchSize: batchSize, maxTokensPerBatch: maxTokens, dataloaderDropLast: dropLast } = args;
  const isEven = maxTokens === undefined;
  if (!isStream(dataset)) {
    const batches = await makeSampler(parts, dataset, dataSeed);
    const plan = await EpochPlan.make({ batches, args, isEven, signal });
    return { rows: new SampledBatches(dataset, batches), plan };
  }
  if (args.maxSteps < 1)
    throw new ConfigError('Trainer: a streamed trainDataset needs maxSteps: its length is unknown');
  if (args.groupByLength || sampler !== undefined)
    throw new ConfigError('Trainer: a streamed trainDataset has an order of its own: no groupByLength, no sampler');
  const plan = await EpochPlan.make({ batches: undefined, args, isEven, signal });
  return { rows: new StreamedBatches(dataset, { batchSize, maxTokens, dropLast }), plan };
}

/** Counts of `part` below 1 mean that share of all steps. */
function absolute(steps: number | undefined, maxSteps: number): number | undefined {
  return steps === undefined || steps >= 1 ? steps : Math.max(1, Math.ceil(maxSteps * steps));
}

/** What a run is set up with. */
interface Made {
  parts: RunParts;
  rows: RowBatches;
  dataSeed: number;
  plan: EpochPlan;
  state: TrainerState;
  /** Learning rate of each step, for the loss scale of f16 training. */
  rates: Float32Array | undefined;
}

/** What one run of training has of its own. @internal */
export class Run {
  readonly optimizer: Optimizer;
  readonly parameters: TrainedParameters;
  readonly copies: ComputeCopies | undefined;
  readonly scaler: LossScaler | undefined;
  readonly step: TrainingStep;
  readonly losses = new LossLog();
  position: Position;
  /** Rows trained on since the run was set up. */
  samples = 0;

  readonly parts: RunParts;
  readonly rows: RowBatches;
  readonly plan: EpochPlan;
  readonly state: TrainerState;
  readonly #dataSeed: number;

  private constructor(made: Made, point: ResumePoint | undefined) {
    const { parts, plan, state } = made;
    this.parts = parts;
    this.rows = made.rows;
    this.plan = plan;
    this.state = state;
    this.#dataSeed = made.dataSeed;
    const { model, args, loss } = parts;
    const dtype = computeDType(args);
    this.copies = dtype === undefined ? undefined : new ComputeCopies(model, dtype);
    try {
      const masters = this.copies && { masters: this.copies.masters };
      this.parameters = new TrainedParameters(model, { ...args, ...masters });
      this.optimizer = makeOptimizer(args, this.parameters.groups);
    } catch (error) {
      this.copies?.dispose();
      throw error;
    }
    const scale = point?.scheduler?.lossScale ?? LossScaler.fresh(point?.scheduler?.lastEpoch ?? state.globalStep);
    this.scaler = made.rates && new LossScaler(made.rates, model.device, scale);
    this.step = new TrainingStep({
      model,
      loss,
      optimizer: this.optimizer,
      maxGradNorm: args.maxGradNorm,
      scaler: this.scaler,
    });
    this.position = point?.rng?.position ?? plan.locate(state.globalStep);
  }

  /** Sets up a run from its start, or from a checkpoint. @throws CheckpointError when that does not fit the model */
  static async start(parts: RunParts, point: ResumePoint | undefined): Promise<Run> {
    const { args, signal } = parts;
    const dataSeed = point?.rng?.dataSeed ?? args.dataSeed;
    const { rows, plan } = await makeRows(parts, dataSeed);
    if (plan.batchesIn(0) === 0)
      throw new ConfigError('Trainer: the training set must fill a batch with dataloaderDropLast');
    const rateOf = (step: number) => learningRateAt(args, step, plan.maxSteps);
    const rates = args.fp16 ? await listed(new Float32Array(plan.maxSteps + 1), rateOf, signal) : undefined;
    const run = new Run({ parts, rows, dataSeed, plan, state: point?.state ?? freshState(), rates }, point);
    try {
      run.#fillState();
      if (point !== undefined) await run.#resume(point);
      else parts.model.seedDropout(args.seed);
      return run;
    } catch (error) {
      run.dispose();
      throw error;
    }
  }

  /** Learning rate of a step, counted from 0. */
  rateOf(step: number): number {
    return learningRateAt(this.parts.args, step, this.plan.maxSteps);
  }

  /** Writes a checkpoint, and removes those that `saveTotalLimit` has no room for. @returns its folder */
  async save(tokenizer: SavableTokenizer | undefined): Promise<string> {
    const { state } = this;
    const { model, args } = this.parts;
    const current = checkpointFolder(args.outputDir, state.globalStep);
    const best =
      state.bestGlobalStep === undefined ? undefined : checkpointFolder(args.outputDir, state.bestGlobalStep);
    const isThere = best === current || (await listCheckpoints(args.outputDir)).includes(best ?? '');
    if (best !== undefined && isThere) state.bestModelCheckpoint = best;
    state.statefulCallbacks[LOSS_LOG] = this.losses.save();
    const resumable = args.saveOnlyModel ? undefined : await this.#resumable();
    const contents = { model, tokenizer, resumable, state, args };
    await this.onWeights(() => saveCheckpointFolder(args.outputDir, contents));
    if (args.saveTotalLimit !== undefined)
      await pruneCheckpoints(args.outputDir, args.saveTotalLimit, { current, best: state.bestModelCheckpoint });
    return current;
  }

  /** Runs `body` on the model with its f32 weights. */
  onWeights<T>(body: () => Promise<T>): Promise<T> {
    return this.copies === undefined ? body() : this.copies.withMasters(body);
  }

  dispose(): void {
    this.step.dispose();
    this.scaler?.dispose();
    this.optimizer.zeroGrad();
    this.optimizer.dispose();
    this.parameters.dispose();
    this.copies?.dispose();
  }

  async #resumable(): Promise<NonNullable<CheckpointContents['resumable']>> {
    const { optimizer, state } = this;
    const { generator } = this.parts.model;
    const lossScale = (await this.scaler?.state()) ?? null;
    if (lossScale !== null) optimizer.stepCount = lossScale.taken;
    const lastEpoch = lossScale?.taken ?? state.globalStep;
    return {
      optimizer,
      names: this.parameters.names,
      rng: {
        dropout: generator === undefined ? null : { seed: generator.seed, position: generator.position },
        dataSeed: this.#dataSeed,
        position: { ...this.position },
      },
      scheduler: { lastEpoch, lastLr: this.rateOf(lastEpoch), lossScale },
    };
  }

  #fillState(): void {
    const { state, plan } = this;
    const { args } = this.parts;
    state.maxSteps = plan.maxSteps;
    state.numTrainEpochs = Math.min(plan.epochs, Number.MAX_SAFE_INTEGER);
    state.trainBatchSize = args.perDeviceTrainBatchSize;
    state.loggingSteps = absolute(args.loggingSteps, plan.maxSteps)!;
    state.evalSteps = absolute(args.evalSteps, plan.maxSteps);
    state.saveSteps = absolute(args.saveSteps, plan.maxSteps)!;
  }

  /** Takes over everything that the next step depends on; the weights last, when all else fits. */
  async #resume({ folder, rng, state }: ResumePoint): Promise<void> {
    const { model, args } = this.parts;
    await loadOptimizer(folder, this.optimizer, this.parameters);
    await this.onWeights(() => loadWeights(model, folder));
    this.copies?.refresh();
    this.losses.load(state.statefulCallbacks[LOSS_LOG], state.globalStep);
    model.seedDropout(rng?.dropout?.seed ?? args.seed);
    if (rng?.dropout && model.generator !== undefined) model.generator.position = rng.dropout.position;
  }
}
