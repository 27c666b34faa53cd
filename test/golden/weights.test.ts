import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { affineOf, fnv1a, goldenStateDict, goldenTensor, hashU32, uniformAt } from './weights.js';

interface WeightEntry {
  readonly name: string;
  readonly shape: number[];
  readonly fnv1a: number;
  readonly hashes: number[];
  readonly centre: number;
  readonly scale: number;
  readonly first: number[];
  readonly bitSum: number;
}

const file = new URL('./weights.json', import.meta.url);
const { tensors } = JSON.parse(readFileSync(file, 'utf8')) as { tensors: WeightEntry[] };

/** The wrapping 32-bit sum of all bit patterns: one wrong bit anywhere changes it. */
function bitSum(values: Float32Array): number {
  return new Uint32Array(values.buffer).reduce((sum, bits) => (sum + bits) | 0, 0) >>> 0;
}

describe('golden weights', () => {
  it('has tensors to compare', () => {
    expect(tensors.length).toBeGreaterThan(5);
  });

  it.each(tensors.map((entry) => [entry.name, entry] as const))('gives the bits Python gives for %s', (_, entry) => {
    const seed = fnv1a(entry.name);
    expect(seed).toBe(entry.fnv1a);
    expect(entry.hashes.map((_hash, i) => hashU32(seed, i))).toEqual(entry.hashes);
    expect(affineOf(entry.name, entry.shape)).toEqual({ centre: entry.centre, scale: entry.scale });
    const values = goldenTensor(entry.name, entry.shape);
    expect([...values.subarray(0, entry.first.length)]).toEqual(entry.first);
    expect(bitSum(values)).toBe(entry.bitSum);
  });

  it('is uniform: mean near 0, variance near 1/3', () => {
    const seed = fnv1a('probe');
    const count = 20_000;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < count; ++i) {
      const value = uniformAt(seed, i);
      sum += value;
      squares += value * value;
    }
    expect(Math.abs(sum / count)).toBeLessThan(0.02);
    expect(Math.abs(squares / count - 1 / 3)).toBeLessThan(0.02);
  });

  it('makes a whole state dict by name', () => {
    const state = goldenStateDict([
      { name: 'classifier.bias', shape: [3] },
      { name: 'classifier.weight', shape: [3, 20] },
    ]);
    expect([...state.keys()]).toEqual(['classifier.bias', 'classifier.weight']);
    expect(state.get('classifier.weight')?.values.length).toBe(60);
  });
});
