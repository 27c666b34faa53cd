import { expect, it } from 'vitest';
import { batched, realLengths } from '../../../bench/peers/lengths.js';

it('batches sequences in order and by length, and counts real and padded tokens', () => {
  expect(batched([5, 1, 4, 2, 3], 2)).toEqual({
    lengths: [5, 1, 4, 2, 3],
    batches: [[0, 1], [2, 3], [4]],
    sorted: [[1, 3], [4, 2], [0]],
    tokens: 15,
    paddedTokens: 2 * 5 + 2 * 4 + 3,
  });
});

it('has lengths of its own where there are no texts, none above the limit', async () => {
  const { source, lengths } = await realLengths(undefined, undefined, 100);
  expect(source).toBe('mails');
  expect(lengths.length).toBeGreaterThan(100);
  expect(Math.max(...lengths)).toBe(100);
  expect(Math.min(...lengths)).toBeGreaterThan(0);
});
