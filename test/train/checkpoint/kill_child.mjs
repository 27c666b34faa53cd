// Trains a tiny model with a checkpoint at every other step, from the last one where there is one. Says when it begins,
// and at the end what the weights are, or which error came and what the folder holds then.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

const [library, outputDir, steps, limit] = process.argv.slice(2);
const lib = await import(library);

const config = new lib.BertConfig({
  vocabSize: 20,
  hiddenSize: 16,
  numHiddenLayers: 2,
  numAttentionHeads: 2,
  intermediateSize: 24,
  maxPositionEmbeddings: 12,
});
const model = lib.AutoModelForSequenceClassification.fromConfig(config, { seed: 1, device: 'cpu' });
const rows = Array.from({ length: 20 }, (_, i) => ({ inputIds: [1, 2 + (i % 7), i % 2 ? 4 : 12, 3], label: i % 2 }));
const hasCheckpoint = existsSync(outputDir) && readdirSync(outputDir).some((name) => /^checkpoint-\d+$/.test(name));
const args = new lib.TrainingArguments({
  outputDir,
  maxSteps: Number(steps),
  perDeviceTrainBatchSize: 3,
  learningRate: 1e-3,
  saveSteps: 2,
  ...(limit === 'none' ? {} : { saveTotalLimit: Number(limit) }),
  resumeFromCheckpoint: hasCheckpoint,
  disableTqdm: true,
});
const trainer = new lib.Trainer({ model, args, trainDataset: lib.Dataset.fromArray(rows) });
const send = (message) => process.send?.(message) ?? console.log(JSON.stringify(message));
send({ begins: true });
try {
  await trainer.train();
  const weights = await Promise.all([...model.namedParameters()].map(async ([, tensor]) => [...(await tensor.data())]));
  send({ weights: weights.flat() });
} catch (error) {
  const found = readdirSync(outputDir).map((name) => [name, readdirSync(path.join(outputDir, name))]);
  send({ error: { name: error.name, message: error.message, reason: error.fields?.reason }, found });
}
