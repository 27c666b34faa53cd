import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  DataCollatorForLanguageModeling,
  DataCollatorForTokenClassification,
  Dataset,
  SequentialSampler,
  type TokenizedRow,
  Trainer,
  type TrainerCollator,
  TrainingArguments,
  trainWordPiece,
} from '../../../lib/index.js';
import { expectClose } from '../../golden/compare.js';
import { loadTrainingGolden, type TrainingGolden } from '../../golden/load.js';
import { goldenModel } from '../../models/golden_model.js';

const folder = mkdtempSync(path.join(tmpdir(), 'gridstride_curves_'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The rows of all batches in their order, without padding. */
function rowsOf({ batches }: TrainingGolden): Dataset<TokenizedRow> {
  const rows = batches.flatMap(({ inputIds, attentionMask, labels, startPositions, endPositions }) =>
    (inputIds as number[][]).map((ids, r) => {
      const isToken = (_: unknown, t: number) => (attentionMask as number[][] | undefined)?.[r]![t] !== 0;
      const targets = (labels as number[][] | undefined)?.[r];
      return {
        inputIds: ids.filter(isToken),
        ...(targets && { labels: targets.filter(isToken) }),
        ...(startPositions && { startPositions: startPositions[r]!, endPositions: endPositions![r]! }),
      };
    }),
  );
  return Dataset.fromArray(rows);
}

const tokenizer = await trainWordPiece(['a b c'], { vocabSize: 30 });
const tasks: [task: string, golden: string, collator: TrainerCollator | undefined][] = [
  ['token classification', 'distilbert_training', new DataCollatorForTokenClassification()],
  ['question answering', 'bert_answers_training', undefined],
  ['causal language modelling', 'gpt2_training', new DataCollatorForLanguageModeling({ tokenizer, mlm: false })],
];

describe.each(tasks)('the Trainer on %s', (_, name, dataCollator) => {
  test.each([false, true])('follows the losses of PyTorch to 1e-3 (compiled: %s)', async (compile) => {
    const golden = loadTrainingGolden(name);
    const { optimizer: settings } = golden;
    const trainDataset = rowsOf(golden);
    const batchSize = trainDataset.length / golden.batches.length;
    const model = goldenModel(golden.class, golden, { device: 'cpu' });
    const args = new TrainingArguments({
      outputDir: folder,
      learningRate: settings.learningRate,
      weightDecay: settings.weightDecay,
      warmupSteps: settings.warmupSteps,
      maxGradNorm: settings.maxGradNorm,
      numTrainEpochs: 1,
      perDeviceTrainBatchSize: batchSize,
      loggingSteps: 1,
      saveStrategy: 'no',
      disableTqdm: true,
      compile: compile && { buckets: [{ batch: batchSize, tokens: 48, maxLength: 24 }] },
    });
    const sampler = new SequentialSampler(trainDataset.length);
    const trainer = new Trainer({ model, args, trainDataset, sampler, ...(dataCollator && { dataCollator }) });
    await trainer.train();
    const losses = trainer.state.logHistory.flatMap(({ loss }) => (typeof loss === 'number' ? [loss] : []));
    expect(losses).toHaveLength(settings.totalSteps);
    expectClose(losses, golden.losses, { absolute: 0, relative: 1e-3 });
    model.dispose();
  });
});
