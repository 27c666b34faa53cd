import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runInProcess, temporaryFolder } from './fixtures.js';
import { REVIEWS, trainTiny, writeConfig, writeRows } from './tiny_task.js';

/** The built program. */
const MAIN = path.join(import.meta.dirname, '../../dist/lib/cli/main.js');

it('SIGTERM finishes the step of a run, writes a checkpoint and exits 143; it goes on from there', async () => {
  const folder = temporaryFolder();
  const train = writeRows(path.join(folder, 'reviews.jsonl'), REVIEWS);
  const out = path.join(folder, 'out');
  const paths = ['train', '--model', writeConfig(folder), '--train', train, '--output-dir', out];
  const pace = ['--save-strategy', 'no', '--report-to', 'console', '--logging-steps', '1', '--device', 'cpu'];
  const running = spawn(process.execPath, [MAIN, ...paths, ...pace, '--max-steps', '1000000']);
  let stderr = '';
  running.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (!stderr.includes('loss=') && text.includes('loss=')) running.kill('SIGTERM');
    stderr += text;
  });
  const code = await new Promise((resolve) => running.once('exit', (exitCode, signal) => resolve(signal ?? exitCode)));
  expect([code, stderr.trim().split('\n').at(-1)]).toEqual([
    143,
    expect.stringContaining('stopped by SIGTERM') as string,
  ]);
  const checkpoint = /--resume-from-checkpoint (\S+)$/.exec(stderr.trim())![1]!;
  const state = JSON.parse(readFileSync(path.join(checkpoint, 'trainer_state.json'), 'utf8')) as {
    global_step: number;
  };
  expect(checkpoint).toBe(path.join(out, `checkpoint-${state.global_step}`));
  expect(existsSync(path.join(out, 'model.safetensors'))).toBe(false);
  const more = [
    '--max-steps',
    String(state.global_step + 2),
    '--resume-from-checkpoint',
    'latest',
    '--disable-tqdm',
    '--report-to',
    'none',
  ];
  const resumed = await runInProcess(...paths, '--save-strategy', 'no', ...more, '--json');
  expect(JSON.parse(resumed.stdout)).toMatchObject({ globalStep: state.global_step + 2 });
});

it('standard output that is closed early ends a run quietly', async () => {
  const folder = temporaryFolder();
  const train = writeRows(path.join(folder, 'reviews.jsonl'), REVIEWS);
  await trainTiny(folder, train, '--max-steps', '1');
  const many = writeRows(
    path.join(folder, 'many.jsonl'),
    Array.from({ length: 20_000 }, () => REVIEWS[0]!),
  );
  const running = spawn(process.execPath, [MAIN, 'predict', '--model', path.join(folder, 'out'), '--input', many]);
  let stderr = '';
  running.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  running.stdout.once('data', () => running.stdout.destroy());
  const code = await new Promise((resolve) => running.once('exit', (exitCode, signal) => resolve(signal ?? exitCode)));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
