import { describe, expect, it } from 'vitest';
import { Segments } from '../../lib/index.js';

describe('Segments', () => {
  it('turns lengths into offsets', async () => {
    const segments = Segments.fromLengths([3, 0, 5], 'cpu');
    expect(segments).toMatchObject({ batch: 3, total: 8, maxLength: 5, lengths: [3, 0, 5] });
    expect(await segments.cuSeqlens.toArray()).toEqual([0, 3, 3, 8]);
    segments.dispose();
    expect(segments.cuSeqlens.isDisposed).toBe(true);
  });

  it('may be empty', async () => {
    const none = Segments.fromLengths([], 'cpu');
    expect(none).toMatchObject({ batch: 0, total: 0, maxLength: 0 });
    expect(await none.cuSeqlens.toArray()).toEqual([0]);
  });

  it('refuses lengths that are no counts', () => {
    expect(() => Segments.fromLengths([1, -2], 'cpu')).toThrow(
      'segments: lengths must be whole numbers from 0, got -2 at position 1',
    );
    expect(() => Segments.fromLengths([2 ** 31 - 1, 1], 'cpu')).toThrow(
      /must add up to less than 2\^31, got 2147483648/,
    );
    expect(() => Segments.fromLengths([0.5], 'cpu')).toThrow(expect.objectContaining({ name: 'ConfigError' }));
  });
});
