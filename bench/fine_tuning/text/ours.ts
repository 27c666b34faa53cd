import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Dataset, manualSeed, type PreTrainedModel, type TokenizedRow, Trainer, TrainingArguments } from 'gridstride';
import type { Reading, TextOutcome, TextTask } from './plan.js';

/** One run: the order of each epoch's rows; a random one when absent. */
export interface TextRun {
  readonly task: TextTask;
  readonly seed: number;
  readonly order?: readonly (readonly number[])[];
}

function argmax(values: ArrayLike<number>, begin: number, width: number): number {
  let best = begin;
  for (let i = begin; i < begin + width; i++) if (values[i]! > values[best]!) best = i;
  return best - begin;
}

/** What is read of a row's outputs. */
function readingOf(reading: Reading, values: Float32Array, row: TokenizedRow): number[] {
  if (reading === 'answers' || reading === 'texts') return Array.from(values);
  if (reading === 'classes') return [argmax(values, 0, values.length)];
  const width = values.length / row.inputIds.length;
  return Array.from({ length: row.inputIds.length }, (_, t) => argmax(values, t * width, width));
}

/** Trains a model with the Trainer, and reads what it makes of the test rows. */
export async function runOurs(model: PreTrainedModel, { task, seed, order }: TextRun): Promise<TextOutcome> {
  const { recipe, reading, test } = task;
  manualSeed(seed);
  const outputDir = path.join(tmpdir(), `gridstride-text-tasks-${process.pid}`);
  const args = new TrainingArguments({
    outputDir,
    numTrainEpochs: recipe.epochs,
    perDeviceTrainBatchSize: recipe.batch,
    perDeviceEvalBatchSize: recipe.batch,
    learningRate: recipe.learningRate,
    warmupRatio: recipe.warmupRatio,
    weightDecay: recipe.weightDecay,
    maxGradNorm: recipe.maxGradNorm,
    loggingSteps: 1,
    saveStrategy: 'no',
    predictionLossOnly: reading === 'loss',
    predictWithGenerate: reading === 'texts',
    ...(task.maxTarget !== undefined && { generationMaxLength: task.maxTarget }),
    reportTo: [],
    disableTqdm: true,
    seed,
  });
  const sampler = order && { length: task.train.length, indices: (epoch: number) => order[epoch]! };
  const trainDataset = Dataset.fromArray(task.train);
  const trainer = new Trainer({ model, args, trainDataset, dataCollator: task.collator, ...(sampler && { sampler }) });
  try {
    const { metrics } = await trainer.train();
    const losses = trainer.state.logHistory.flatMap(({ loss }) => (typeof loss === 'number' ? [loss] : []));
    const seconds = metrics['trainRuntime']!;
    if (reading === 'loss') {
      const { evalLoss } = await trainer.evaluate(Dataset.fromArray(test));
      return { losses, predictions: [], evalLoss: evalLoss!, seconds };
    }
    const { predictions, loss } = await trainer.predict(Dataset.fromArray(test));
    const read = predictions.map((values, i) => readingOf(reading, values, test[i]!));
    return { losses, predictions: read, evalLoss: loss ?? null, seconds };
  } finally {
    await rm(outputDir, { recursive: true, force: true });
  }
}
