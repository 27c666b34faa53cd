import { expect, it } from 'vitest';
import { testFolder } from '../safetensors_bytes.js';
import { runMutations } from './mutation_run.js';

const folder = testFolder();

it('readTorchObject reads or refuses 10,000 mutated files, and nothing else happens', async () => {
  const { read, refused } = await runMutations(10_000, folder);
  // Both ends are met: a reader that refused everything, or nothing, would not be tested.
  expect(Math.min(read, refused)).toBeGreaterThan(1000);
});
