import { describe, expect, test } from 'vitest';
import { AutoModelForSequenceClassification, ConfigError, memory, sync } from '../../../lib/index.js';
import { TrainedParameters } from '../../../lib/train/step/parameters.js';
import { tinyConfig } from '../tiny.js';

const model = () => AutoModelForSequenceClassification.fromConfig(tinyConfig(), { seed: 1, device: 'cpu' });

describe('TrainedParameters', () => {
  test('name query, key and value apart, and share their memory with the fused parameter', async () => {
    const classifier = model();
    await sync('cpu');
    const before = memory('cpu').liveTensors;
    const parameters = new TrainedParameters(classifier, { learningRate: 1, weightDecay: 0.1 });
    const { names, groups } = parameters;
    expect(names).toContain('bert.encoder.layer.0.attention.self.key.weight');
    expect(names).toHaveLength(new Set(names).size);
    expect(groups.map(({ weightDecay }) => weightDecay)).toEqual([0.1, 0]);
    const params = groups.flatMap((group) => group.params);
    const total = params.reduce((sum, { size }) => sum + size, 0);
    expect(total).toBe(classifier.parameters().reduce((sum, { size }) => sum + size, 0));
    const key = params[names.indexOf('bert.encoder.layer.0.attention.self.key.weight')]!;
    key.write(new Float32Array(key.size).fill(7));
    const saved = classifier.stateDict().get('bert.encoder.layer.0.attention.self.key.weight')!;
    expect(new Set((await saved.data()) as Float32Array)).toEqual(new Set([7]));
    saved.dispose();
    parameters.dispose();
    expect(memory('cpu').liveTensors).toBeLessThanOrEqual(before + classifier.stateEntries().length);
  });

  test('have a rate that falls from layer to layer, heads first', () => {
    const { names, groups } = new TrainedParameters(model(), {
      learningRate: 1e-3,
      weightDecay: 0,
      layerwiseLrDecay: 0.5,
    });
    const rates = groups.flatMap(({ params, lr }) => params.map(() => lr! / 1e-3));
    const rateOf = (name: string) => rates[names.findIndex((each) => each.startsWith(name))];
    expect(rateOf('classifier.weight')).toBe(1);
    expect(rateOf('bert.pooler.dense.bias')).toBe(1);
    expect(rateOf('bert.encoder.layer.1.output.dense.weight')).toBe(0.5);
    expect(rateOf('bert.encoder.layer.0.attention.self.query.bias')).toBe(0.25);
    expect(rateOf('bert.embeddings.word_embeddings.weight')).toBe(0.125);
    expect(rateOf('bert.embeddings.LayerNorm.bias')).toBe(0.125);
  });

  test('leave frozen ones out, and refuse a model without any other', () => {
    const classifier = model().freeze('bert');
    const { names } = new TrainedParameters(classifier, { learningRate: 1, weightDecay: 0 });
    expect(names).toEqual(['classifier.weight', 'classifier.bias']);
    classifier.freeze();
    expect(() => new TrainedParameters(classifier, { learningRate: 1, weightDecay: 0 })).toThrow(ConfigError);
  });
});
