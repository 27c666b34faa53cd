import path from 'node:path';
import { computeClassWeight } from '../../data/index.js';
import { standardMetrics } from '../../metrics/index.js';
import type { ProblemType, SequenceClassifier } from '../../models/index.js';
import { type SavableTokenizer, Trainer, type TrainerOptions, type TrainingArguments } from '../../train/index.js';
import { metricName } from '../../train/metric_names.js';
import type { PreTrainedTokenizer } from '../../tokenizers/index.js';
import { ensureWritableFolder, writeFileAtomic } from '../../util/atomic_write.js';
import { didYouMean } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import type { CliIo } from '../io.js';
import { type SavedTask, saveTask } from '../task/saved_task.js';
import type { TrainSettings } from './settings.js';
import { startingPoint, type StartingPoint, startModel, startTokenizer } from './start_model.js';
import { StopOnSignal } from './stop_on_signal.js';
import { encodeRows, readTaskData, type TaskData } from './task_data.js';

/** All that runs on the same data share. @internal */
export interface PreparedRun {
  settings: TrainSettings;
  point: StartingPoint;
  data: TaskData;
  tokenizer: PreTrainedTokenizer;
}

/** How a run ended. @internal */
export interface TrainedRun {
  globalStep: number;
  /** `trainLoss`, and where there is an evaluation set `evalLoss`, `evalAccuracy` ... */
  metrics: Record<string, number>;
  /** To be disposed. */
  model: SequenceClassifier;
}

/** Names of the metrics that evaluations give. @internal */
export function metricsOf(problem: ProblemType): string[] {
  const metrics = standardMetrics(problem);
  const label = problem === 'multi_label_classification' ? [1, 0] : 0;
  metrics.add({ predictions: [problem === 'regression' ? [0] : [1, 0]], labelIds: [label] });
  return ['loss', ...Object.keys(metrics.compute())];
}

function checkMetric({ metricForBestModel: metric }: TrainingArguments, problem: ProblemType): void {
  if (metric === undefined) return;
  const known = metricsOf(problem);
  if (known.some((name) => metricName(name, 'eval') === metricName(metric, 'eval'))) return;
  throw new ConfigError(
    `train: --metric-for-best-model must be one of ${known.join(', ')}, got ${metric}${didYouMean(metric, known)}`,
    { metric, known },
  );
}

function weightsOf(
  { classWeights }: TrainSettings,
  { problem, names, train }: TaskData,
): readonly number[] | undefined {
  if (classWeights === undefined) return undefined;
  if (names === undefined) throw new ConfigError('train: --class-weights needs classes, got regression');
  if (classWeights === 'balanced') {
    if (problem !== 'single_label_classification')
      throw new ConfigError(`train: --class-weights balanced needs one label a row, got ${problem}`);
    return computeClassWeight(
      'balanced',
      train.map(({ label }) => label as number),
      [...names.keys()],
    );
  }
  if (classWeights.length === names.length) return classWeights;
  throw new ConfigError(
    `train: --class-weights must be one for each of ${names.length} classes, got ${classWeights.length}`,
  );
}

/** Reads data and tokenizer. @throws ConfigError, DataError, TokenizerError, AbortError @internal */
export async function prepareRun(settings: TrainSettings, io: CliIo): Promise<PreparedRun> {
  const point = await startingPoint('train', settings, io.signal);
  await ensureWritableFolder(settings.args.outputDir);
  const data = await readTaskData('train', settings, point, io);
  checkMetric(settings.args, data.problem);
  weightsOf(settings, data);
  const texts = function* () {
    for (const { text, textPair } of data.train) {
      yield text;
      if (textPair !== undefined) yield textPair;
    }
  };
  const tokenizer = await startTokenizer(point, settings, texts, io.signal);
  return { settings, point, data, tokenizer };
}

/** Most tokens of a row. @throws ConfigError when the model takes fewer than were asked for */
function lengthOf({ settings, point, tokenizer }: PreparedRun, model: SequenceClassifier): number {
  const positions = model.encoder.maxLength;
  const { maxLength } = settings;
  if (maxLength !== undefined && maxLength > positions)
    throw new ConfigError(`train: --max-length must be at most the model's ${positions}, got ${maxLength}`, {
      maxLength,
    });
  return Math.min(maxLength ?? point.task.maxLength ?? tokenizer.modelMaxLength ?? positions, positions);
}

/** The tokenizer, and what the model is trained with, saved beside each copy of the model. */
function savable(tokenizer: PreTrainedTokenizer, task: SavedTask): SavableTokenizer {
  return {
    savePretrained: async (folder) => {
      await tokenizer.savePretrained(folder);
      await saveTask(folder, task);
    },
  };
}

/** What every Trainer on the same data gets. @param model any of the run's: its limits count @internal */
export async function trainerParts(
  prepared: PreparedRun,
  model: SequenceClassifier,
  signal: AbortSignal,
): Promise<Omit<TrainerOptions, 'model' | 'args' | 'callbacks'>> {
  const { settings, point, data, tokenizer } = prepared;
  const maxLength = lengthOf(prepared, model);
  const { stride = point.task.stride, combination = point.task.combination } = settings;
  const encode = (rows: TaskData['train']) => encodeRows(rows, tokenizer, { maxLength, stride }, signal);
  const evalDataset = data.eval && (await encode(data.eval));
  const classWeights = weightsOf(settings, data);
  return {
    trainDataset: await encode(data.train),
    ...(evalDataset && { evalDataset }),
    ...(classWeights && { classWeights }),
    // Evaluations are of texts, not of their windows.
    ...(stride !== undefined && { combination: combination ?? 'mean' }),
    tokenizer: savable(tokenizer, { ...data.task, maxLength, stride, combination }),
    computeMetrics: standardMetrics(data.problem),
  };
}

/** The best or last model with all that belongs to it, in the output folder itself. */
async function saveRun(trainer: Trainer, metrics: Record<string, number>): Promise<void> {
  const { args } = trainer;
  await trainer.saveModel();
  await writeFileAtomic(path.join(args.outputDir, 'training_args.json'), `${JSON.stringify(args.toJson(), null, 2)}\n`);
  await trainer.saveMetrics('train', metrics);
  await trainer.saveState();
}

/**
 * Trains a new copy of the model and saves it in the arguments' output folder. The caller disposes it.
 * @param args in place of the settings'
 * @throws ConfigError, CheckpointError, DataError, AbortError
 * @internal
 */
export async function runTraining(prepared: PreparedRun, args: TrainingArguments, io: CliIo): Promise<TrainedRun> {
  const { settings, point, data, tokenizer } = prepared;
  const { signal } = io;
  const { device, lora } = settings;
  const model = await startModel(point, data, tokenizer, { device, lora, seed: args.seed, signal });
  try {
    const parts = await trainerParts(prepared, model, signal);
    const { evalDataset } = parts;
    const trainer = new Trainer({ ...parts, model, args, callbacks: [new StopOnSignal(signal)] });
    const { globalStep, metrics } = await trainer.train();
    await saveRun(trainer, metrics);
    if (evalDataset === undefined) return { globalStep, metrics, model };
    const evaluated = await trainer.evaluate(undefined, { signal });
    await trainer.saveMetrics('eval', evaluated);
    return { globalStep, metrics: { ...metrics, ...evaluated }, model };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
