import fc from 'fast-check';
import '../seeded.js';
import { describe, expect, it } from 'vitest';
import { checkOptionNames, didYouMean, levenshtein } from '../../lib/util/did_you_mean.js';
import { ConfigError } from '../../lib/util/errors.js';

describe('levenshtein', () => {
  it.each([
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['flaw', 'lawn', 2],
  ])('is the number of edits between %j and %j: %d', (a, b, distance) => {
    expect(levenshtein(a, b)).toBe(distance);
  });

  it('is symmetric and obeys the triangle inequality', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(levenshtein(a, b)).toBe(levenshtein(b, a));
        expect(levenshtein(a, c)).toBeLessThanOrEqual(levenshtein(a, b) + levenshtein(b, c));
      }),
    );
  });
});

describe('didYouMean', () => {
  it('offers the nearest name, whatever its case and hyphens', () => {
    expect(didYouMean('learning_rat', ['seed', 'learningRate'])).toBe(' (did you mean "learningRate"?)');
  });

  it('offers a known name that is part of the one given', () => {
    expect(didYouMean('torch_dtype', ['seed', 'dtype'])).toBe(' (did you mean "dtype"?)');
  });

  it('is empty when nothing is near', () => {
    expect(didYouMean('banana', ['seed', 'learningRate'])).toBe('');
  });
});

describe('checkOptionNames', () => {
  it('refuses what is no object', () => {
    for (const wrong of [undefined, null, 3])
      expect(() => checkOptionNames('shuffle', wrong as never, ['seed'])).toThrow(ConfigError);
    expect(() => checkOptionNames('shuffle', null as never, [])).toThrow(
      'shuffle: options must be an object, got null',
    );
  });

  it('lets known names through and names an unknown one with the nearest known', () => {
    expect(() => checkOptionNames('shuffle', { seed: 1 }, ['seed'])).not.toThrow();
    const act = (): void => checkOptionNames('shuffle', { sede: 1 }, ['seed', 'signal']);
    expect(act).toThrow(ConfigError);
    expect(act).toThrow('shuffle: option must be one of seed, signal, got sede (did you mean "seed"?)');
  });
});
