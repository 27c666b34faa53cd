import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  AutoModelForMaskedLM,
  AutoModelForSeq2SeqLM,
  BertConfig,
  DataCollatorForLanguageModeling,
  DataCollatorForSeq2Seq,
  Dataset,
  type EvalPrediction,
  T5Config,
  Trainer,
  TrainingArguments,
  trainWordPiece,
} from '../../../lib/index.js';
import { ConfigError } from '../../../lib/util/errors.js';

const outputDir = mkdtempSync(path.join(tmpdir(), 'gridstride_generated_'));
afterAll(() => rmSync(outputDir, { recursive: true }));

const rows = Array.from({ length: 6 }, (_, i) => ({ inputIds: [5 + i, 6, 1], labels: [7 + i, 1] }));
const sizes = { vocabSize: 20, dModel: 8, dKv: 4, dFf: 16, numLayers: 1, numHeads: 2 };

test('predictWithGenerate judges the texts that the model writes, which are those of generate', async () => {
  const model = AutoModelForSeq2SeqLM.fromConfig(new T5Config(sizes), { seed: 1, device: 'cpu' });
  const seen: EvalPrediction[] = [];
  const args = new TrainingArguments({
    outputDir,
    predictWithGenerate: true,
    generationMaxLength: 6,
    perDeviceEvalBatchSize: 4,
    disableTqdm: true,
  });
  const computeMetrics = (prediction: EvalPrediction) => {
    seen.push(prediction);
    return { written: prediction.predictions.length };
  };
  const dataCollator = new DataCollatorForSeq2Seq();
  const trainer = new Trainer({ model, args, dataCollator, evalDataset: Dataset.fromArray(rows), computeMetrics });
  const metrics = await trainer.evaluate();
  const { sequences } = await model.generate({ inputIds: rows.map(({ inputIds }) => inputIds), maxLength: 6 });
  expect(seen[0]!.predictions.map((row) => Array.from(row))).toEqual(sequences);
  expect(seen[0]!.labelIds).toEqual(rows.map(({ labels }) => labels));
  expect(metrics).toMatchObject({ evalWritten: 6 });
  expect(metrics['evalLoss']).toBeGreaterThan(0);
  model.dispose();
});

test('predictionLossOnly reads no predictions, and gives the loss they would give', async () => {
  const tokenizer = await trainWordPiece(['a b c d e'], { vocabSize: 30, minFrequency: 1 });
  const config = new BertConfig({ vocabSize: 30, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
  const model = AutoModelForMaskedLM.fromConfig(config, { seed: 1, device: 'cpu' });
  const texts = rows.map((_, i) => ({ inputIds: tokenizer.encode('a b c d e'.slice(0, 3 + i)).inputIds }));
  const evaluate = (predictionLossOnly: boolean, dataCollator = new DataCollatorForLanguageModeling({ tokenizer })) => {
    const args = new TrainingArguments({ outputDir, predictionLossOnly, disableTqdm: true });
    const computeMetrics = () => ({ seen: 1 });
    return new Trainer({ model, args, dataCollator, evalDataset: Dataset.fromArray(texts), computeMetrics }).evaluate();
  };
  const [whole, loss] = [await evaluate(false), await evaluate(true)];
  expect(whole).toHaveProperty('evalSeen');
  expect(loss).not.toHaveProperty('evalSeen');
  expect(Math.abs(loss['evalLoss']! - whole['evalLoss']!)).toBeLessThan(1e-5);
  model.dispose();
});

test('what cannot be: both at once, or a model that writes nothing', async () => {
  const both = { outputDir, predictionLossOnly: true, predictWithGenerate: true };
  expect(() => new TrainingArguments(both)).toThrow('predictionLossOnly and predictWithGenerate exclude each other');
  const model = AutoModelForSeq2SeqLM.fromConfig(new T5Config(sizes), { seed: 1, device: 'cpu' });
  const mute = Object.assign(Object.create(model) as typeof model, { generate: undefined });
  const args = new TrainingArguments({ outputDir, predictWithGenerate: true, disableTqdm: true });
  const trainer = new Trainer({ model: mute as never, args, evalDataset: Dataset.fromArray(rows) });
  await expect(trainer.evaluate()).rejects.toThrow(ConfigError);
  model.dispose();
});
