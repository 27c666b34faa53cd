import { expect, it } from 'vitest';
import { readYamlMutations } from './yaml_mutations.js';

it('a million mutated YAML files give plain settings or a ConfigError, soon', () => {
  const { read, refused, slowest } = readYamlMutations(1_000_000, 3000);
  console.log(`${read} read, ${refused} refused, the slowest in ${slowest.toFixed(0)} ms`);
  expect(slowest).toBeLessThan(10_000);
}, 3_600_000);
