import path from 'node:path';
import type { PreTrainedModel } from '../../models/index.js';
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
import type { TaskData } from './tasks/task.js';

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
  model: PreTrainedModel;
}

function checkMetric({ metricForBestModel: metric }: TrainingArguments, { metrics: known }: TaskData): void {
  if (metric === undefined) return;
  if (known.some((name) => metricName(name, 'eval') === metricName(metric, 'eval'))) return;
  throw new ConfigError(
    `train: --metric-for-best-model must be one of ${known.join(', ')}, got ${metric}${didYouMean(metric, known)}`,
    { metric, known },
  );
}

/** Reads data and tokenizer. @throws ConfigError, DataError, TokenizerError, AbortError @internal */
export async function prepareRun(settings: TrainSettings, io: CliIo): Promise<PreparedRun> {
  const point = await startingPoint('train', settings, io.signal);
  await ensureWritableFolder(settings.args.outputDir);
  const data = await settings.task.read('train', settings, point, io);
  checkMetric(settings.args, data);
  const tokenizer = await startTokenizer(point, settings, () => data.texts(), io.signal);
  return { settings, point, data, tokenizer };
}

/** Most tokens of a row. @throws ConfigError when the model takes fewer than were asked for */
function lengthOf({ settings, point, tokenizer }: PreparedRun, model: PreTrainedModel): number {
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
  model: PreTrainedModel,
  signal: AbortSignal,
): Promise<Omit<TrainerOptions, 'model' | 'args' | 'callbacks'>> {
  const { settings, data, tokenizer } = prepared;
  const maxLength = lengthOf(prepared, model);
  return {
    ...(await data.parts({ tokenizer, maxLength, signal })),
    tokenizer: savable(tokenizer, { ...data.saved, task: settings.task.name, maxLength }),
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
  const { device, lora, task } = settings;
  const model = await startModel(point, data, tokenizer, { task, device, lora, seed: args.seed, signal });
  try {
    const parts = await trainerParts(prepared, model, signal);
    const { evalDataset } = parts;
    const trainer = new Trainer({ ...parts, model, args, callbacks: [new StopOnSignal(signal)] });
    const { globalStep, metrics } = await trainer.train();
    await saveRun(trainer, metrics);
    if (evalDataset === undefined) return { globalStep, metrics, model };
    const judged = await trainer.evaluate(undefined, { signal });
    const evaluated = { ...judged, ...data.also?.(judged) };
    await trainer.saveMetrics('eval', evaluated);
    return { globalStep, metrics: { ...metrics, ...evaluated }, model };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
