import { expect, it } from 'vitest';
import { readYamlMutations } from './yaml_mutations.js';

it('mutated YAML gives plain settings or a ConfigError, soon', () => {
  const { read, refused, slowest } = readYamlMutations(3000);
  expect(read + refused).toBe(3000);
  expect(Math.min(read, refused)).toBeGreaterThan(100);
  expect(slowest).toBeLessThan(2000);
});
