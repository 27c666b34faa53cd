// Trains a spam filter on real mail and tries it: npm run demo, or npm run demo -- --model DIR to fine-tune a checkpoint.
import {
  accuracyScore,
  classificationReport,
  type ComputeMetrics,
  confusionMatrix,
  type Dataset,
  devices,
  f1Score,
  formatConfusionMatrix,
  GridstrideError,
  manualSeed,
  Trainer,
  TrainingArguments,
} from 'gridstride';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeMails, LABELS } from './encode.js';
import { loadMails, type Mail } from './mails.js';
import { makeClassifier, readSettings, type Settings } from './settings.js';

const start = performance.now();

function say(text: string): void {
  console.log(`[${((performance.now() - start) / 1e3).toFixed(1).padStart(6)} s] ${text}`);
}

const classesOf = (predictions: readonly Float32Array[]): number[] =>
  predictions.map((logits) => logits.indexOf(Math.max(...logits)));

const computeMetrics: ComputeMetrics = ({ predictions, labelIds }) => {
  const [actual, predicted] = [labelIds as number[], classesOf(predictions)];
  return { accuracy: accuracyScore(actual, predicted), f1Macro: f1Score(actual, predicted, { average: 'macro' }) };
};

/** Three disjoint parts with the same share of spam: 70 % to learn from, 10 % to choose the best epoch, 20 % to report. */
async function split(mails: Dataset<Mail>, seed: number) {
  const stratified = { stratifyByColumn: 'label', seed } as const;
  const { train: rest, test } = await mails.trainTestSplit({ testSize: 0.2, ...stratified });
  const { train, test: validation } = await rest.trainTestSplit({ testSize: 0.125, ...stratified });
  return { train, validation, test };
}

function makeArguments({ output, epochs, batchSize, learningRate, seed }: Settings): TrainingArguments {
  return new TrainingArguments({
    outputDir: path.join(output, 'run'),
    numTrainEpochs: epochs,
    perDeviceTrainBatchSize: batchSize,
    perDeviceEvalBatchSize: 32,
    learningRate,
    warmupRatio: 0.1,
    weightDecay: 0.01,
    evalStrategy: 'epoch',
    saveStrategy: 'epoch',
    saveTotalLimit: 1,
    loadBestModelAtEnd: true,
    metricForBestModel: 'f1Macro',
    loggingSteps: 25,
    seed,
  });
}

/** Loads the saved folder in a process that knows nothing of the training, and labels some mails of the test part. */
async function labelInNewProcess(folder: string, test: Dataset<Mail>): Promise<void> {
  const some = LABELS.flatMap((label) =>
    test
      .toArray()
      .filter((mail) => mail.label === label)
      .slice(0, 5),
  );
  const file = path.join(folder, 'mails_to_label.json');
  await writeFile(file, JSON.stringify(some));
  const script = path.join(path.dirname(fileURLToPath(import.meta.url)), 'label_mails.js');
  const { status } = spawnSync(process.execPath, [script, folder, file], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`label_mails.js ended with ${status}`);
}

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  manualSeed(settings.seed);
  const { name, threads } = devices()[0]!;
  say(`CPU engine: ${name}, ${threads} threads; seed ${settings.seed}`);

  const mails = await loadMails();
  const { train, validation, test } = await split(mails, settings.seed);
  const spam = mails.column('label').filter((label) => label === 'spam').length;
  say(
    `${mails.length} different mails (${spam} spam): ${train.length} train, ${validation.length} validation, ${test.length} test`,
  );

  const { tokenizer, model } = await makeClassifier(train, settings);
  const parameters = [...model.namedParameters()].reduce((sum, [, { size }]) => sum + size, 0);
  const origin = settings.model === undefined ? 'vocabulary learnt from the training mails' : settings.model;
  say(
    `${model.architecture}: ${(parameters / 1e6).toFixed(1)} M parameters, ${tokenizer.vocabSize} tokens (${origin})`,
  );

  const encode = (part: Dataset<Mail>) => encodeMails(part, tokenizer, settings.maxLength);
  const [trainDataset, evalDataset, testDataset] = await Promise.all([encode(train), encode(validation), encode(test)]);
  const tokens = trainDataset.column('inputIds').reduce((sum, ids) => sum + ids.length, 0);
  say(`encoded: ${tokens} training tokens, at most ${settings.maxLength} a mail; training`);

  const args = makeArguments(settings);
  const trainer = new Trainer({ model, args, trainDataset, evalDataset, tokenizer, computeMetrics });
  const { metrics } = await trainer.train();
  const speed = (tokens * settings.epochs) / metrics['trainRuntime']!;
  say(`trained in ${metrics['trainRuntime']!.toFixed(1)} s, evaluations included: ${Math.round(speed)} tokens/s`);
  for (const entry of trainer.state.logHistory.filter((each) => 'evalF1Macro' in each))
    say(
      `  epoch ${entry.epoch.toFixed(0)}: validation macro F1 ${entry['evalF1Macro']!.toFixed(4)}, loss ${entry['evalLoss']!.toFixed(4)}`,
    );

  const { predictions, labelIds } = await trainer.predict(testDataset);
  const [actual, predicted] = [labelIds as number[], classesOf(predictions)];
  say(`best model on ${test.length} test mails, which it has never seen:`);
  console.log(`\n${classificationReport(actual, predicted, { targetNames: LABELS, digits: 4 })}`);
  console.log(formatConfusionMatrix(confusionMatrix(actual, predicted), LABELS));

  const folder = path.join(settings.output, 'model');
  await trainer.saveModel(folder);
  say(`saved to ${folder}; a new process loads it and labels mails of the test part:\n`);
  await labelInNewProcess(folder, test);
  const f1 = f1Score(actual, predicted, { average: 'macro' }) as number;
  console.log();
  say(`done: test macro F1 ${f1.toFixed(4)}`);
}

try {
  await main();
} catch (error) {
  // What the user can change comes as a typed error, whose text says it all.
  if (!(error instanceof GridstrideError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
