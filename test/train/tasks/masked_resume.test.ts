import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  AutoModelForMaskedLM,
  DataCollatorForLanguageModeling,
  Dataset,
  prepareLanguageModeling,
  Trainer,
  TrainingArguments,
  trainWordPiece,
} from '../../../lib/index.js';
import { tinyConfig, weightsOf } from '../tiny.js';

const outputDir = mkdtempSync(path.join(tmpdir(), 'gridstride_masked_'));
afterAll(() => rmSync(outputDir, { recursive: true }));

test('a resumed masked language model hides the words it would have hidden, with accumulation, too', async () => {
  const texts = Dataset.fromArray(
    Array.from({ length: 20 }, (_, i) => ({ text: `the ${'abcde'[i % 5]} sat on ${i}` })),
  );
  const tokenizer = await trainWordPiece(texts.column('text'), { vocabSize: 60, minFrequency: 1 });
  const trainDataset = await prepareLanguageModeling(texts, tokenizer, { blockSize: 8, lineByLine: true });
  const config = tinyConfig({ vocabSize: tokenizer.totalVocabSize });
  const make = (resumeFromCheckpoint?: string) => {
    const args = new TrainingArguments({
      outputDir,
      numTrainEpochs: 2,
      perDeviceTrainBatchSize: 2,
      gradientAccumulationSteps: 2,
      learningRate: 5e-3,
      saveSteps: 3,
      loggingSteps: 1,
      disableTqdm: true,
      ...(resumeFromCheckpoint !== undefined && { resumeFromCheckpoint }),
    });
    const dataCollator = new DataCollatorForLanguageModeling({ tokenizer, mlmProbability: 0.4, seed: 5 });
    const model = AutoModelForMaskedLM.fromConfig(config, { seed: 1, device: 'cpu' });
    return new Trainer({ model, args, trainDataset, dataCollator });
  };
  const losses = ({ state }: Trainer) =>
    state.logHistory.flatMap(({ step, loss }) => (loss === undefined ? [] : [[step, loss]]));
  const whole = make();
  await whole.train();
  const resumed = make(path.join(outputDir, 'checkpoint-3'));
  await resumed.train();
  expect(losses(resumed)).toEqual(losses(whole));
  expect(losses(whole)).toHaveLength(10);
  expect(await weightsOf(resumed)).toEqual(await weightsOf(whole));
});
