import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Trainer } from '../../lib/index.js';
import { tinyTrainer } from './tiny.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-results-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (file: string): Record<string, number> =>
  JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Record<string, number>;

/** A whole run as scripts make it; its evaluation comes after it. */
async function run(trainer: Trainer, isEvaluated: boolean): Promise<void> {
  const { metrics } = await trainer.train();
  await trainer.saveMetrics('train', metrics);
  await trainer.saveState();
  if (isEvaluated) await trainer.saveMetrics('eval', await trainer.evaluate());
}

describe('an output folder that is used again', () => {
  test('has the results and the report of the last run alone, unless that went on from the one before', async () => {
    const init = { maxSteps: 2, evalStrategy: 'epoch', reportTo: 'html' } as const;
    await run(tinyTrainer(folder, init), true);
    writeFileSync(path.join(folder, 'notes_results.json'), '{}');
    expect(read('all_results.json')).toMatchObject({ eval_accuracy: expect.any(Number) as number });
    expect(existsSync(path.join(folder, 'pictures', 'confusion_matrix.svg'))).toBe(true);

    const again = { maxSteps: 3, saveStrategy: 'steps', saveSteps: 3, reportTo: 'html' } as const;
    await run(tinyTrainer(folder, again, { evalDataset: undefined as never }), false);
    expect(Object.keys(read('all_results.json')).filter((name) => name.startsWith('eval'))).toEqual([]);
    expect(existsSync(path.join(folder, 'eval_results.json'))).toBe(false);
    expect(readFileSync(path.join(folder, 'report.html'), 'utf8')).not.toContain('eval_accuracy');
    expect(readdirSync(path.join(folder, 'pictures'))).not.toContain('confusion_matrix.svg');
    expect(existsSync(path.join(folder, 'notes_results.json'))).toBe(true);

    await tinyTrainer(folder).saveMetrics('eval', { evalLoss: 0.5 });
    await run(tinyTrainer(folder, { ...again, maxSteps: 4, resumeFromCheckpoint: true }), false);
    expect(read('all_results.json')).toMatchObject({ eval_loss: 0.5, train_loss: expect.any(Number) as number });
  });

  test('keeps what the same Trainer saved before it trained, and all of it when a run fails', async () => {
    const trainer = tinyTrainer(folder, { maxSteps: 1 });
    await trainer.saveMetrics('test', { testLoss: 0.25 });
    const controller = new AbortController();
    controller.abort();
    await expect(trainer.train({ signal: controller.signal })).rejects.toThrow('aborted');
    expect(read('all_results.json')).toMatchObject({ eval_loss: 0.5, test_loss: 0.25 });
    await trainer.train();
    expect(read('all_results.json')).toEqual({ test_loss: 0.25 });
    expect(existsSync(path.join(folder, 'train_results.json'))).toBe(false);
  });
});
