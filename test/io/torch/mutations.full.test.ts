import { expect, it } from 'vitest';
import { testFolder } from '../safetensors_bytes.js';
import { runMutations } from './mutation_run.js';

const folder = testFolder();

it('readTorchObject reads or refuses 1,000,000 mutated files, and nothing else happens', async () => {
  const { read, refused } = await runMutations(1_000_000, folder);
  console.log(`${read} read, ${refused} refused`);
  expect(Math.min(read, refused)).toBeGreaterThan(100_000);
}, 3_600_000);
