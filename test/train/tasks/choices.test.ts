import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  AutoModelForMultipleChoice,
  type ChoiceRow,
  classificationMetrics,
  DataCollatorForMultipleChoice,
  Dataset,
  Trainer,
  TrainingArguments,
} from '../../../lib/index.js';
import { tinyConfig } from '../tiny.js';

const outputDir = mkdtempSync(path.join(tmpdir(), 'gridstride_choices_'));
afterAll(() => rmSync(outputDir, { recursive: true }));

test('the Trainer learns to choose, and judges each question once', async () => {
  const rows = Array.from({ length: 12 }, (_, i): ChoiceRow => {
    const label = i % 3;
    const inputIds = [0, 1, 2].map((choice) => [
      1,
      4 + (i % 5),
      choice === label ? 15 : 12,
      ...[6, 7].slice(choice),
      3,
    ]);
    return { inputIds, label };
  });
  const model = AutoModelForMultipleChoice.fromConfig(tinyConfig(), { seed: 1, device: 'cpu' });
  const args = new TrainingArguments({
    outputDir,
    learningRate: 1e-2,
    numTrainEpochs: 8,
    perDeviceTrainBatchSize: 4,
    perDeviceEvalBatchSize: 5,
    saveStrategy: 'no',
    disableTqdm: true,
  });
  const data = Dataset.fromArray(rows);
  const trainer = new Trainer({
    model,
    args,
    trainDataset: data,
    evalDataset: data,
    dataCollator: new DataCollatorForMultipleChoice(),
    computeMetrics: classificationMetrics(),
  });
  await trainer.train();
  expect(await trainer.evaluate()).toMatchObject({ evalAccuracy: 1 });
  const { predictions, labelIds } = await trainer.predict(data);
  expect(predictions.map((row) => row.indexOf(Math.max(...row)))).toEqual(rows.map(({ label }) => label));
  expect([predictions.length, predictions[0]!.length, labelIds.length]).toEqual([12, 3, 12]);
  model.dispose();
});
