import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AutoModelForSequenceClassification,
  AutoTokenizer,
  DataCollatorWithPadding,
  Dataset,
  SequentialSampler,
  Trainer,
  TrainingArguments,
  type TrainableDataset,
  type TrainerCallback,
  type TrainOutput,
} from '../../lib/index.js';
import { cudaDevice } from '../cuda.js';
import { expectClose } from '../golden/compare.js';
import { sharedPath } from '../shared.js';
import { readEvents } from './report/read_events.js';
import { accuracy } from './tiny.js';

const golden = sharedPath('goldens/hf_trainer');
const validation = sharedPath('data/bert_ticket_classifier_data/validation.jsonl');
const isHere = golden !== undefined && validation !== undefined;

type Line = Record<string, number>;
const json = (name: string) => JSON.parse(readFileSync(path.join(golden!, name), 'utf8')) as Record<string, unknown>;

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-hf-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The run of Python's Trainer, from the same weights, rows and arguments. */
async function makeTrainer(outputDir: string, device: string, extra: object, callbacks: TrainerCallback[] = []) {
  const initial = path.join(golden!, 'initial');
  const tokenizer = await AutoTokenizer.fromPretrained(initial);
  const model = await AutoModelForSequenceClassification.fromPretrained(initial, { device });
  const encode = async (rows: { text: string; label: string }[]) => {
    const { inputIds } = await tokenizer(
      rows.map(({ text }) => text),
      { truncation: true, maxLength: 32 },
    );
    return Dataset.fromArray(
      rows.map(({ label }, i) => ({ inputIds: inputIds[i]!, label: model.config.label2id[label]! })),
    );
  };
  const trainRows = JSON.parse(readFileSync(path.join(golden!, 'train_rows.json'), 'utf8')) as never;
  const lines = readFileSync(validation!, 'utf8').split('\n').filter(Boolean);
  const trainDataset = await encode(trainRows);
  const evalDataset = await encode(lines.map((line) => JSON.parse(line)));
  const args = TrainingArguments.fromJson({ ...json('arguments.json'), output_dir: outputDir, ...extra });
  const sampler = new SequentialSampler(trainDataset.length);
  const dataCollator = new DataCollatorWithPadding();
  const parts = {
    model,
    args,
    trainDataset,
    evalDataset,
    tokenizer,
    sampler,
    dataCollator,
    computeMetrics: accuracy,
    callbacks,
  };
  return { trainer: new Trainer(parts), evalDataset };
}

describe.skipIf(!isHere)("a run of Python's Trainer", () => {
  let run: Trainer;
  let rows: TrainableDataset;
  let output: TrainOutput;
  let out: string;
  beforeAll(async () => {
    out = path.join(folder, 'whole');
    ({ trainer: run, evalDataset: rows } = await makeTrainer(out, 'cpu', { report_to: ['tensorboard'] }));
    output = await run.train();
  });

  test('has the same losses, gradient norms, learning rates and evaluations to 1e-3', () => {
    const expected = json('run/trainer_state.json')['log_history'] as Line[];
    const steps = expected.filter((line) => 'loss' in line);
    const own = run.state.logHistory.filter((line) => 'loss' in line);
    const pick = (lines: readonly Line[], name: string) => lines.map((line) => line[name]!);
    expect(pick(own, 'step')).toEqual(pick(steps, 'step'));
    for (const [name, python] of [
      ['loss', 'loss'],
      ['gradNorm', 'grad_norm'],
      ['learningRate', 'learning_rate'],
    ] as const)
      expectClose(pick(own, name), pick(steps, python), { absolute: 1e-12, relative: 1e-3 });
    const evals = expected.filter((line) => 'eval_loss' in line).slice(0, 6);
    const ownEvals = run.state.logHistory.filter((line) => 'evalLoss' in line);
    expectClose(pick(ownEvals, 'evalLoss'), pick(evals, 'eval_loss'), { absolute: 0, relative: 1e-3 });
    expectClose(pick(ownEvals, 'evalAccuracy'), pick(evals, 'eval_accuracy'), { absolute: 1e-9, relative: 0 });
    const last = expected.findLast((line) => 'train_loss' in line)!;
    expectClose([output.trainingLoss], [last['train_loss']!], { absolute: 0, relative: 1e-3 });
    expect(run.state.totalFlos).toBe(last['total_flos']);
  });

  test('keeps the same step as the best and gives the same predictions', async () => {
    const python = json('run/trainer_state.json');
    expect(run.state.bestGlobalStep).toBe(python['best_global_step']);
    expectClose([run.state.bestMetric!], [python['best_metric'] as number], { absolute: 1e-9, relative: 0 });
    const { logits } = json('predictions.json') as { logits: number[][] };
    const { predictions } = await run.predict(rows);
    expectClose(
      predictions.flatMap((row) => [...row]),
      logits.flat(),
      { absolute: 5e-3, relative: 5e-3 },
    );
  });

  test('writes JSON files with the keys of Python', async () => {
    await run.saveModel();
    await run.saveMetrics('train', output.metrics);
    await run.saveMetrics('eval', await run.evaluate());
    await run.saveState();
    const keysOf = (value: unknown) => Object.keys(value as object).sort();
    for (const name of ['train_results.json', 'eval_results.json', 'all_results.json', 'trainer_state.json']) {
      const own = JSON.parse(readFileSync(path.join(out, name), 'utf8')) as Record<string, unknown>;
      const python = json(`run/${name}`);
      expect([name, keysOf(own)]).toEqual([name, keysOf(python)]);
      if (!('log_history' in own)) continue;
      const lines = (state: Record<string, unknown>) => (state['log_history'] as Line[]).map((line) => keysOf(line));
      expect(lines(own)).toEqual(lines(python));
    }
    expect(readdirSync(out).filter((name) => name.startsWith('checkpoint-'))).toEqual([
      'checkpoint-40',
      'checkpoint-48',
    ]);
  });

  test('writes the curves of Python for TensorBoard', () => {
    const [name] = readdirSync(path.join(out, 'runs'));
    const [file] = readdirSync(path.join(out, 'runs', name!));
    const tags = (events: ReturnType<typeof readEvents>) => events.map(({ step, tag, kind }) => ({ step, tag, kind }));
    const own = tags(readEvents(path.join(out, 'runs', name!, file!)));
    const python = tags(readEvents(path.join(golden!, 'run/events.out.tfevents.0')));
    const sorted = (events: typeof own) => events.map((event) => JSON.stringify(event)).sort();
    // Python's goldens hold one more evaluation, after the end.
    expect(sorted(own.filter(({ step }) => step < 48))).toEqual(sorted(python.filter(({ step }) => step < 48)));
    expect(new Set(sorted(own))).toEqual(new Set(sorted(python)));
  });

  test("goes on from Python's checkpoint as from its own", async () => {
    const longer = { num_train_epochs: 7, save_strategy: 'no', eval_strategy: 'no', load_best_model_at_end: false };
    const losses = async (checkpoint: string) => {
      const { trainer } = await makeTrainer(path.join(folder, 'longer'), 'cpu', longer);
      await trainer.train({ resumeFromCheckpoint: checkpoint });
      expect(trainer.state).toMatchObject({ globalStep: 56, bestGlobalStep: 40 });
      return trainer.state.logHistory.flatMap((line) => (line.step > 48 ? (line['loss'] ?? []) : []));
    };
    const [python, own] = [
      await losses(path.join(golden!, 'run/checkpoint-48')),
      await losses(path.join(out, 'checkpoint-48')),
    ];
    expect(python).toHaveLength(8);
    expectClose(python, own, { absolute: 0, relative: 1e-3 });
  });

  test.skipIf(cudaDevice === undefined)('begins with the same steps on cuda', async () => {
    const stop: TrainerCallback = {
      onStepEnd: ({ state, control }) => void (control.shouldTrainingStop = state.globalStep === 3),
    };
    const still = { eval_strategy: 'no', save_strategy: 'no', load_best_model_at_end: false };
    const { trainer } = await makeTrainer(path.join(folder, 'cuda'), cudaDevice!, still, [stop]);
    await trainer.train();
    const expected = (json('run/trainer_state.json')['log_history'] as Line[]).slice(0, 3);
    for (const [name, python] of Object.entries({ loss: 'loss', gradNorm: 'grad_norm', learningRate: 'learning_rate' }))
      expectClose(
        trainer.state.logHistory.slice(0, 3).map((line) => line[name]!),
        expected.map((line) => line[python]!),
        { absolute: 1e-12, relative: 1e-3 },
      );
  });
});
