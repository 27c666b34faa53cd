import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../seeded.js';
import { Dataset, combineWindows, splitIntoWindows, windowRows } from '../../../lib/data/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';

const CLS = 101;
const SEP = 102;

/** [CLS] text [SEP], or [CLS] first [SEP] text [SEP]. */
function encoded(
  text: readonly number[],
  first?: readonly number[],
): { inputIds: number[]; specialTokensMask: number[]; tokenTypeIds: number[] } {
  const head = first === undefined ? [CLS] : [CLS, ...first, SEP];
  const inputIds = [...head, ...text, SEP];
  const specialTokensMask = inputIds.map((id) => (id === CLS || id === SEP ? 1 : 0));
  return {
    inputIds,
    specialTokensMask,
    tokenTypeIds: inputIds.map((_, i) => (first !== undefined && i >= head.length ? 1 : 0)),
  };
}

describe('splitIntoWindows', () => {
  it('repeats stride tokens and covers every token of the text once by newTokens', () => {
    const text = fc.nat(40).map((length) => Array.from({ length }, (_, i) => i));
    fc.assert(
      fc.property(text, fc.integer({ min: 3, max: 12 }), fc.nat(8), fc.boolean(), (tokens, room, stride, isPair) => {
        fc.pre(stride < room);
        const first = isPair ? [7, 7, 7] : undefined;
        const around = isPair ? 6 : 2;
        const windows = splitIntoWindows(encoded(tokens, first), 5, { maxLength: room + around, stride });
        const parts = windows.map(({ inputIds }) => inputIds.slice(around - 1, -1));
        for (const [i, { inputIds, tokenTypeIds, sampleIndex, newTokens }] of windows.entries()) {
          expect(inputIds.length).toBeLessThanOrEqual(room + around);
          expect(inputIds.slice(0, around - 1)).toEqual(encoded([], first).inputIds.slice(0, -1));
          expect([inputIds.at(-1), tokenTypeIds!.length, sampleIndex]).toEqual([SEP, inputIds.length, 5]);
          expect(tokenTypeIds!.at(-1)).toBe(isPair ? 1 : 0);
          expect(newTokens).toBe(parts[i]!.length - (i > 0 ? stride : 0));
          if (i > 0) expect(parts[i]!.slice(0, stride)).toEqual(parts[i - 1]!.slice(parts[i - 1]!.length - stride));
        }
        expect(parts.flatMap((part, i) => part.slice(i > 0 ? stride : 0))).toEqual(tokens);
      }),
    );
  });

  it('refuses no room, a stride that never ends and lists of other lengths', () => {
    const row = encoded([1, 2, 3]);
    expect(() => splitIntoWindows(row, 0, { maxLength: 2 })).toThrow('maxLength must leave room for the text, got 2');
    expect(() => splitIntoWindows(row, 0, { maxLength: 4, stride: 2 })).toThrow(ConfigError);
    expect(() => splitIntoWindows(row, 0, { maxLength: 4, stide: 1 } as never)).toThrow('did you mean "stride"');
    expect(() => splitIntoWindows({ ...row, specialTokensMask: [1] }, 3, { maxLength: 4 })).toThrow(
      'got 1 for 5 in row 3',
    );
    expect(() => splitIntoWindows({ ...row, tokenTypeIds: [1] }, 3, { maxLength: 4 })).toThrow(DataError);
    expect(() => splitIntoWindows({ inputIds: [1] } as never, 0, { maxLength: 4 })).toThrow(DataError);
  });
});

describe('windowRows', () => {
  it('gives windows of all rows, with the labels of each', async () => {
    const rows = Dataset.fromArray([
      { ...encoded([1, 2, 3]), label: 'a' },
      { ...encoded([]), label: 'b' },
      { ...encoded([4]), label: 'c' },
    ]);
    const windows = await windowRows(rows, { maxLength: 4, stride: 1 });
    expect(windows.column('label')).toEqual(['a', 'a', 'b', 'c']);
    expect(windows.column('sampleIndex')).toEqual([0, 0, 1, 2]);
    expect(windows.column('inputIds')).toEqual([
      [CLS, 1, 2, SEP],
      [CLS, 2, 3, SEP],
      [CLS, SEP],
      [CLS, 4, SEP],
    ]);
    expect(windows.columnNames).not.toContain('specialTokensMask');
  });
});

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
