import { fork } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { readSafetensors, TrainingArguments } from '../../../lib/index.js';
import { readState } from '../../../lib/train/state.js';

const child = path.join(import.meta.dirname, 'kill_child.mjs');

/** The built library, which a child process can load. */
export const library = path.join(import.meta.dirname, '../../../dist/lib/index.js');

/** Runs a child that trains; kills it after so many milliseconds of training where they are given. @returns weights */
export async function runChild(outputDir: string, steps: number, killAfter?: number): Promise<number[] | undefined> {
  const running = fork(child, [library, outputDir, String(steps), '2']);
  let weights: number[] | undefined;
  const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    running.once('error', reject);
    running.on('message', (message: { begins?: boolean; weights?: number[]; error?: { message: string } }) => {
      if (message.error !== undefined) reject(new Error(message.error.message));
      if (message.begins === true) resolve();
      weights ??= message.weights;
    });
  });
  if (killAfter !== undefined) {
    await sleep(killAfter);
    running.kill('SIGKILL');
  }
  await ended;
  return weights;
}

/** Reads every file of every checkpoint in a folder. @returns how many there are */
export async function checkWhole(outputDir: string): Promise<number> {
  if (!existsSync(outputDir)) return 0;
  const names = readdirSync(outputDir).filter((name) => /^checkpoint-\d+$/.test(name));
  for (const name of names) {
    const folder = path.join(outputDir, name);
    const state = await readState(path.join(folder, 'trainer_state.json'));
    expect(`checkpoint-${state.globalStep}`).toBe(name);
    for (const file of ['scheduler.json', 'rng_state.json', 'config.json'])
      JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
    TrainingArguments.fromJson(JSON.parse(readFileSync(path.join(folder, 'training_args.json'), 'utf8')));
    for (const file of ['model.safetensors', 'optimizer.safetensors'])
      for (const tensor of (await readSafetensors(path.join(folder, file), { device: 'cpu' })).values())
        tensor.dispose();
  }
  return names.length;
}

/** Kills a run at `kills` moments, looks at what is left each time, and lets it end. @returns weights and what was seen */
export async function killAndResume(outputDir: string, steps: number, kills: number, seed: number) {
  let [state, seen] = [seed, 0];
  for (let i = 0; i < kills; i++) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    await runChild(outputDir, steps, 20 + (state % 400));
    seen += await checkWhole(outputDir);
  }
  return { weights: await runChild(outputDir, steps), seen };
}
