import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sharedPath } from '../../shared.js';
import { testFolder } from '../safetensors_bytes.js';
import { runMutations } from './mutation_run.js';

const folder = testFolder();
const HOUR_MS = 3_600_000;

const run = sharedPath('goldens/hf_trainer/run/checkpoint-48');
const real = run === undefined ? [] : ['optimizer.pt', 'scheduler.pt'].map((name) => readFileSync(join(run, name)));

it(
  'readTorchObject reads or refuses 1,000,000 mutated files, and nothing else happens',
  async () => {
    const { read, refused } = await runMutations(1_000_000, folder, real);
    console.log(`${read} read, ${refused} refused`);
    expect(Math.min(read, refused)).toBeGreaterThan(100_000);
  },
  HOUR_MS,
);
