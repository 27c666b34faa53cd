import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AutoModelForSequenceClassification,
  Dataset,
  type TrainerOptions,
  type TrainingArgumentsInit,
} from '../../lib/index.js';
import { cudaDevice } from '../cuda.js';
import { tinyConfig, tinyRows, tinyTrainer } from './tiny.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-cuda-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const manyLabels = (label: number) => [label, 1 - label, 0];
const cases: [
  name: string,
  init: Partial<TrainingArgumentsInit>,
  config?: object,
  labelOf?: (label: number) => number | number[],
][] = [
  ['f32', {}],
  ['bf16', { bf16: true }],
  ['fp16', { fp16: true }],
  ['Adafactor', { optim: 'adafactor', learningRate: 1e-3 }],
  ['SGD', { optim: 'sgd' }],
  ['gradient checkpointing', { gradientCheckpointing: true }],
  ['gradient checkpointing in bf16', { gradientCheckpointing: true, bf16: true }],
  ['accumulation', { gradientAccumulationSteps: 2 }],
  ['smoothed labels by layers', { labelSmoothingFactor: 0.1, layerwiseLrDecay: 0.7 }],
  ['several labels', {}, { numLabels: 3, problemType: 'multi_label_classification' }, manyLabels],
  ['regression', {}, { numLabels: 1 }, (label) => label - 0.5],
];

describe.skipIf(cudaDevice === undefined)('twenty steps on cuda', () => {
  test.each(cases)('follow those on the CPU: %s', async (name, init, config = {}, labelOf) => {
    const losses = async (device: string) => {
      const model = AutoModelForSequenceClassification.fromConfig(tinyConfig(config), { seed: 1, device });
      const rows = tinyRows.toArray().map(({ inputIds, label }) => ({ inputIds, labels: labelOf?.(label) ?? label }));
      const options: Partial<TrainerOptions> = {
        model,
        trainDataset: Dataset.fromArray(rows),
        computeMetrics: () => ({}),
      };
      const run = tinyTrainer(path.join(folder, name), { maxSteps: 20, learningRate: 2e-3, ...init }, options);
      await run.train();
      return run.state.logHistory.flatMap((entry) => entry['loss'] ?? []);
    };
    const [expected, actual] = [await losses('cpu'), await losses(cudaDevice!)];
    const tolerance = init.bf16 === true || init.fp16 === true ? 2e-2 : 1e-3;
    expect(actual).toHaveLength(20);
    actual.forEach((loss, i) =>
      expect(Math.abs(loss - expected[i]!)).toBeLessThan(tolerance * Math.max(1, expected[i]!)),
    );
  });
});
