import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { CheckpointError } from '../../../lib/index.js';
import { maskedCrc, scalarEvent } from '../../../lib/train/report/tensorboard_file.js';
import { tinyTrainer } from '../tiny.js';
import { readEvents } from './read_events.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-reports-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

describe('reportTo', () => {
  test('writes every line of the log to each place, in the names of Python', async () => {
    const written: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => (written.push(String(text)), true));
    const place = path.join(folder, 'all');
    const run = tinyTrainer(place, { maxSteps: 2, evalStrategy: 'steps', evalSteps: 2, reportTo: 'all' });
    await run.train();
    const { logHistory } = run.state;
    expect(logHistory).toHaveLength(4);

    expect(written).toHaveLength(4);
    expect(written[0]).toMatch(/^step=1 epoch=0\.1667 loss=0\.\d+ grad_norm=[\d.]+ learning_rate=0\.005\n$/);
    expect(written[2]).toMatch(/eval_samples_per_second=/);

    const lines = readFileSync(path.join(place, 'log.jsonl'), 'utf8').trim().split('\n');
    const [first] = lines.map((line) => JSON.parse(line) as Record<string, number>);
    expect(lines).toHaveLength(4);
    expect(first).toMatchObject({ step: 1, loss: logHistory[0]!['loss'], grad_norm: logHistory[0]!['gradNorm'] });

    const [name] = readdirSync(path.join(place, 'runs'));
    const [file] = readdirSync(path.join(place, 'runs', name!));
    expect(file).toMatch(/^events\.out\.tfevents\.\d+\..+\.\d+\.0$/);
    const events = readEvents(path.join(place, 'runs', name!, file!));
    expect(events.slice(0, 3)).toMatchObject([
      { tag: 'brain.Event:2', kind: 'version' },
      { tag: 'args/text_summary', kind: 'text' },
      { tag: 'model_config/text_summary', kind: 'text' },
    ]);
    expect(events).toContainEqual({
      step: 1,
      tag: 'train/loss',
      kind: 'scalar',
      value: Math.fround(logHistory[0]!['loss']!),
    });
    const accuracy = Math.fround(logHistory.find((line) => 'evalAccuracy' in line)!['evalAccuracy']!);
    expect(events).toContainEqual({ step: 2, tag: 'eval/accuracy', kind: 'scalar', value: accuracy });
  });

  test('adds to the log of a run that was resumed', async () => {
    const place = path.join(folder, 'resumed');
    const init = { maxSteps: 4, saveStrategy: 'steps', saveSteps: 2, reportTo: 'jsonl' } as const;
    await tinyTrainer(place, { ...init, maxSteps: 2 }).train();
    await tinyTrainer(place, { ...init, resumeFromCheckpoint: true }).train();
    const steps = readFileSync(path.join(place, 'log.jsonl'), 'utf8').trim().split('\n');
    expect(steps.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([1, 2, 2, 3, 4, 4]);
  });

  test('names the file that cannot be written', async () => {
    const place = path.join(folder, 'blocked');
    const run = tinyTrainer(place, { maxSteps: 2, reportTo: 'jsonl' });
    await run.saveState();
    rmSync(path.join(place, 'log.jsonl'), { force: true, recursive: true });
    writeFileSync(path.join(place, 'runs'), '');
    await expect(tinyTrainer(place, { maxSteps: 2, reportTo: 'tensorboard' }).train()).rejects.toThrow(CheckpointError);
  });
});

describe('a record of an event file', () => {
  test('has the checksums of TensorFlow', () => {
    // The known CRC-32C of '123456789' is e3069283; of 32 zeros 8a9136aa (RFC 3720).
    const unmask = (crc: number) => {
      const rotated = (crc - 0xa282ead8) >>> 0;
      return ((rotated >>> 17) | (rotated << 15)) >>> 0;
    };
    expect(unmask(maskedCrc(Buffer.from('123456789'))).toString(16)).toBe('e3069283');
    expect(unmask(maskedCrc(Buffer.alloc(32))).toString(16)).toBe('8a9136aa');
  });

  test('that was damaged is noticed by the reader of these tests', () => {
    const file = path.join(folder, 'damaged');
    const bytes = scalarEvent('train/loss', 0.5, 300);
    writeFileSync(file, bytes);
    expect(readEvents(file)).toEqual([{ step: 300, tag: 'train/loss', kind: 'scalar', value: 0.5 }]);
    bytes[20]! ^= 1;
    writeFileSync(file, bytes);
    expect(() => readEvents(file)).toThrow('record is damaged');
  });
});
