import path from 'node:path';
import {
  AutoModelForSequenceClassification,
  BertConfig,
  Dataset,
  type EvalPrediction,
  Trainer,
  type TrainerOptions,
  TrainingArguments,
  type TrainingArgumentsInit,
} from '../../lib/index.js';

/** A model of two small layers with dropout. */
export function tinyConfig(extra: object = {}): BertConfig {
  return new BertConfig({
    vocabSize: 20,
    hiddenSize: 16,
    numHiddenLayers: 2,
    numAttentionHeads: 2,
    intermediateSize: 24,
    maxPositionEmbeddings: 12,
    numLabels: 2,
    ...extra,
  });
}

/** Rows whose class is whether they hold a token from 10 on; of several lengths. */
export const tinyRows = Dataset.fromArray(
  Array.from({ length: 22 }, (_, i) => ({
    inputIds: [1, 2 + (i % 7), i % 2 === 0 ? 4 : 12, ...[5, 6, 7].slice(0, i % 4), 3],
    label: i % 2,
  })),
);

/** The share of rows whose largest logit is that of their class. */
export function accuracy({ predictions, labelIds }: EvalPrediction): { accuracy: number } {
  const right = predictions.filter((row, i) => row.indexOf(Math.max(...row)) === labelIds[i]);
  return { accuracy: right.length / labelIds.length };
}

/** A Trainer of a tiny model in a folder: 6 steps an epoch. */
export function tinyTrainer(
  outputDir: string,
  init: Partial<TrainingArgumentsInit> = {},
  options: Partial<TrainerOptions> & { device?: string; config?: object } = {},
): Trainer {
  const { device = 'cpu', config, ...rest } = options;
  const model = AutoModelForSequenceClassification.fromConfig(tinyConfig(config), { seed: 1, device });
  const args = new TrainingArguments({
    outputDir: path.resolve(outputDir),
    learningRate: 5e-3,
    perDeviceTrainBatchSize: 4,
    numTrainEpochs: 2,
    loggingSteps: 1,
    saveStrategy: 'no',
    disableTqdm: true,
    ...init,
  });
  return new Trainer({ model, args, trainDataset: tinyRows, evalDataset: tinyRows, computeMetrics: accuracy, ...rest });
}

/** All weights of a Trainer's model. */
export async function weightsOf({ model }: Trainer): Promise<number[][]> {
  const parameters = [...model.namedParameters()];
  return Promise.all(parameters.map(async ([, tensor]) => Array.from((await tensor.data()) as Float32Array)));
}
