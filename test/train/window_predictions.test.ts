import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  classificationMetrics,
  combineWindows,
  ConfigError,
  DataError,
  Dataset,
  type EvalPrediction,
} from '../../lib/index.js';
import { WindowPredictions } from '../../lib/train/window_predictions.js';
import { tinyTrainer } from './tiny.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-windows-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Five texts of 3 to 19 tokens, the first of one window. */
const texts = Array.from({ length: 5 }, (_, i) => ({
  ids: Array.from({ length: 1 + 4 * i }, (_, t) => 4 + ((t * (i + 3)) % 16)),
  label: i % 2,
}));

/** Their windows of 8 tokens with ends, 2 repeated, as tokenizeRows makes them. */
const windows = Dataset.fromArray(
  texts.flatMap(({ ids, label }, sampleIndex) =>
    Array.from({ length: Math.max(1, Math.ceil((ids.length - 2) / 4)) }, (_, i) => {
      const own = ids.slice(4 * i, 4 * i + 6);
      return { inputIds: [1, ...own, 3], label, sampleIndex, newTokens: own.length - (i > 0 ? 2 : 0) };
    }),
  ),
);

describe('Trainer with a combination', () => {
  it.each(['mean', 'max', 'length', 'first'] as const)(
    'predicts a text by the %s of its windows',
    async (combination) => {
      expect(windows.length).toBeGreaterThan(texts.length);
      const each = await tinyTrainer(folder).predict(windows);
      const weights = windows.column('newTokens');
      const expected = combineWindows(each.predictions, windows.column('sampleIndex'), { combination, weights });
      const whole = await tinyTrainer(folder, {}, { combination }).predict(windows);
      expect(whole.predictions.map((row) => [...row])).toEqual(expected.map((row) => [...Float32Array.from(row)]));
      expect(whole.labelIds).toEqual(texts.map(({ label }) => label));
      // Metrics that keep nothing get the same texts.
      const metrics = classificationMetrics();
      const { metrics: streamed } = await tinyTrainer(folder, {}, { combination, computeMetrics: metrics }).predict(
        windows,
      );
      expect(streamed['testAccuracy']).toBeCloseTo(whole.metrics['testAccuracy']!, 9);
    },
  );

  it('refuses rows that are no windows, texts that come twice, and an unknown way', async () => {
    const trainer = tinyTrainer(folder, {}, { combination: 'mean' });
    await expect(trainer.predict(Dataset.fromArray([{ inputIds: [1, 2] }]))).rejects.toThrow(/got sampleIndex none/);
    const rows = [0, 1, 0].map((sampleIndex) => ({ inputIds: [1, 2], sampleIndex, newTokens: 1 }));
    await expect(trainer.predict(Dataset.fromArray(rows))).rejects.toThrow(/got sampleIndex 0 after 1/);
    expect(() => tinyTrainer(folder, {}, { combination: 'sum' as never })).toThrow(ConfigError);
    const unequal: EvalPrediction = { predictions: [new Float32Array(2), new Float32Array(3)], labelIds: [0, 0] };
    const both = rows.slice(0, 1).flatMap((row) => [row, row]);
    expect(() => new WindowPredictions('mean').add(unequal, both)).toThrow(DataError);
  });
});
