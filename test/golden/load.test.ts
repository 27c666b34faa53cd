import { describe, expect, it } from 'vitest';
import { readdirSync, statSync } from 'node:fs';
import { expectOutputs } from './compare.js';
import type { ClassGolden, GoldenModel } from './load.js';
import { loadEmbeddingGolden, loadLabelGolden, loadModelGolden, loadTrainingGolden } from './load.js';
import { FAMILY_GOLDENS, loadFamilyGoldens, maskOf, MODEL_GOLDENS, SEQ2SEQ_GOLDENS } from './load.js';

/** What a reader relies on in each model. */
function checkModel(golden: ClassGolden, model: GoldenModel): void {
  expect(model.config['architectures']).toEqual([golden.class]);
  expect(new Set(model.parameters.map(({ name }) => name)).size).toBe(model.parameters.length);
  // Python's own f32 run must be far inside the tolerances, else the golden proves nothing.
  expect(model.f32Deviation.output).toBeLessThan(1e-5);
  expect(model.f32Deviation.gradient).toBeLessThan(1e-4);
  for (const goldenCase of model.cases) {
    expect(goldenCase.gradients === undefined).toBe(goldenCase.loss === undefined);
    if (goldenCase.gradients !== undefined) expect(goldenCase.gradients.length).toBe(model.parameters.length);
    for (const row of maskOf(goldenCase)) expect(row).toContain(1);
  }
}

describe('golden files', () => {
  it.each(MODEL_GOLDENS)('%s parses and agrees with itself', (name) => {
    const golden = loadModelGolden(name);
    for (const model of golden.models) checkModel(golden, model);
  });

  it.each(FAMILY_GOLDENS)('%s parses and agrees with itself', (name) => {
    for (const golden of loadFamilyGoldens(name)) for (const model of golden.models) checkModel(golden, model);
  });

  it.each(['bert_training', 'distilbert_training'])('%s has twenty steps', (name) => {
    const golden = loadTrainingGolden(name);
    const steps = golden.optimizer.totalSteps;
    expect(steps).toBe(20);
    for (const list of [golden.batches, golden.losses, golden.gradientNorms, golden.learningRates]) {
      expect(list.length).toBe(steps);
    }
    expect(golden.learningRates[0]).toBe(0);
    expect(golden.learningRates[golden.optimizer.warmupSteps]).toBe(golden.optimizer.learningRate);
    expect(golden.f32Deviation).toBeLessThan(1e-4);
  });

  it('minilm_embeddings holds unit vectors', () => {
    for (const { first, summary } of loadEmbeddingGolden('minilm_embeddings').texts) {
      expect(summary[0]).toBeCloseTo(1, 5);
      expect(first[0]).toBeCloseTo(summary[4] ?? NaN, 5);
    }
  });

  it('ticket_labels holds probabilities and the most likely label', () => {
    const { labels, texts } = loadLabelGolden('ticket_labels');
    for (const { label, probabilities } of texts) {
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4);
      expect(labels[probabilities.indexOf(Math.max(...probabilities))]).toBe(label);
    }
  });

  it('stays small', () => {
    const folder = new URL('models/', import.meta.url);
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
    expect(files.length).toBeGreaterThan(MODEL_GOLDENS.length + FAMILY_GOLDENS.length);
    // A family's file holds all of its classes.
    const families: readonly string[] = [...FAMILY_GOLDENS, ...SEQ2SEQ_GOLDENS];
    const limit = (file: string) => (families.includes(file.slice(0, -5)) ? 125_000 : 60_000);
    for (const file of files) expect(statSync(new URL(file, folder)).size, file).toBeLessThan(limit(file));
  });

  it('fails when an output is missing or zero', () => {
    const goldenCase = loadModelGolden('bert_base').models[0]?.cases[1];
    if (goldenCase === undefined) throw new Error('bert_base has no second case');
    expect(() => expectOutputs(goldenCase, () => undefined)).toThrow(/the model did not return it/);
    const shape = goldenCase.outputs.lastHiddenState?.shape ?? [];
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    expect(() => expectOutputs(goldenCase, () => ({ shape, values }))).toThrow(/lastHiddenState/);
  });
});
