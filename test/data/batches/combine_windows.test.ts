import { describe, expect, it } from 'vitest';
import { combineWindows } from '../../../lib/data/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';

describe('combineWindows', () => {
  const predictions = [[1, 4], Float32Array.of(3, 0), [9, 9], [2, 2]];
  const sampleIndex = [0, 0, 2, 1];

  it('means, takes the greatest or the first, and weighs', () => {
    const combine = (options: object): number[][] => combineWindows(predictions, sampleIndex, options);
    expect(combine({})).toEqual([
      [2, 2],
      [2, 2],
      [9, 9],
    ]);
    expect(combine({ combination: 'max' })).toEqual([
      [3, 4],
      [2, 2],
      [9, 9],
    ]);
    expect(combine({ combination: 'first' })).toEqual([
      [1, 4],
      [2, 2],
      [9, 9],
    ]);
    expect(combine({ combination: 'length', weights: [3, 1, 5, 5] })[0]).toEqual([1.5, 3]);
    expect(combine({ combination: 'length', weights: [0, 0, 0, 0] })[0]).toEqual([2, 2]);
    expect(combineWindows([], [])).toEqual([]);
  });

  it('refuses texts without windows, unequal lists, bad weights and unknown ways', () => {
    expect(() => combineWindows([[1]], [1])).toThrow('every text must have a window, got none of 0');
    expect(() => combineWindows([[1]], [0], { samples: 2 })).toThrow('got none of 1');
    expect(() => combineWindows([[1]], [3], { samples: 2 })).toThrow(DataError);
    expect(() => combineWindows([[1], [1, 2]], [0, 0])).toThrow('equally long, got 2 at 1');
    expect(() => combineWindows([[1]], [0, 1])).toThrow(DataError);
    expect(() => combineWindows([[1]], [0], { combination: 'length' })).toThrow('needs weights');
    expect(() => combineWindows([[1]], [0], { combination: 'length', weights: [-1] })).toThrow(DataError);
    expect(() => combineWindows([[1]], [0], { combination: 'median' as 'mean' })).toThrow(ConfigError);
  });
});
