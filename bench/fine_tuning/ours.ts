import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AutoModelForSequenceClassification,
  AutoTokenizer,
  Dataset,
  manualSeed,
  type PreTrainedTokenizer,
  Trainer,
  TrainingArguments,
} from 'gridstride';
import { type Job, type Outcome, RECIPE } from './job.js';
import type { LabelledText, Task } from './tasks.js';

const NO_DROPOUT = { hiddenDropoutProb: 0, attentionProbsDropoutProb: 0, classifierDropout: 0 };

/** The start of a run: the encoder with a head from the job's seed. */
export function startModel({ task, model, seed, hasDropout }: Omit<Job, 'threads'>) {
  const { numLabels, problemType } = task;
  const config = hasDropout ? {} : NO_DROPOUT;
  return AutoModelForSequenceClassification.fromPretrained(model, { numLabels, problemType, seed, config });
}

async function encode(texts: readonly LabelledText[], { numLabels }: Task, tokenizer: PreTrainedTokenizer) {
  const encoded = await tokenizer(
    texts.map(({ text }) => text),
    { truncation: true, maxLength: RECIPE.maxLength },
  );
  const rows = texts.map(({ label }, i) => {
    const inputIds = encoded.inputIds[i]!;
    if (typeof label === 'number') return { inputIds, label };
    return { inputIds, labels: Float32Array.from({ length: numLabels }, (_, j) => Number(label.includes(j))) };
  });
  return Dataset.fromArray(rows);
}

/** One class of a row of logits, or all whose sigmoid reaches the threshold. */
function classesOf(logits: Float32Array, { problemType }: Task): number[] {
  if (problemType === 'single_label_classification') return [logits.indexOf(Math.max(...logits))];
  const least = Math.log(RECIPE.threshold / (1 - RECIPE.threshold));
  return [...logits.keys()].filter((j) => logits[j]! >= least);
}

/** Fine-tunes and predicts with the Trainer. */
export async function runOurs(job: Job): Promise<Outcome> {
  const { task, order, seed } = job;
  manualSeed(seed);
  const outputDir = path.join(tmpdir(), `gridstride-fine-tuning-${process.pid}`);
  const tokenizer = await AutoTokenizer.fromPretrained(job.model);
  const [trainDataset, testDataset] = await Promise.all([
    encode(task.train, task, tokenizer),
    encode(task.test, task, tokenizer),
  ]);
  using model = await startModel(job);
  const args = new TrainingArguments({
    outputDir,
    numTrainEpochs: task.epochs,
    perDeviceTrainBatchSize: RECIPE.batch,
    perDeviceEvalBatchSize: RECIPE.batch,
    learningRate: RECIPE.learningRate,
    warmupRatio: RECIPE.warmupRatio,
    weightDecay: RECIPE.weightDecay,
    maxGradNorm: RECIPE.maxGradNorm,
    loggingSteps: 1,
    saveStrategy: 'no',
    reportTo: [],
    disableTqdm: true,
    seed,
  });
  const sampler = order && { length: task.train.length, indices: (epoch: number) => order[epoch]! };
  const trainer = new Trainer({ model, args, trainDataset, ...(sampler && { sampler }) });
  try {
    const { metrics } = await trainer.train();
    const losses = trainer.state.logHistory.flatMap(({ loss }) => (typeof loss === 'number' ? [loss] : []));
    const { predictions } = await trainer.predict(testDataset);
    const classes = predictions.map((logits) => classesOf(logits, task));
    return { losses, predictions: classes, seconds: metrics['trainRuntime']! };
  } finally {
    await rm(outputDir, { recursive: true, force: true });
  }
}
