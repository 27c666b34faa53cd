import { describe, expect, test } from 'vitest';
import { AbortError, DataError, drawPictures, type Picture, plotConfusionMatrix, plotLog } from '../../lib/index.js';

const matrix = plotConfusionMatrix(
  [
    [3, 1],
    [1, 2],
  ],
  ['<script>"&\u0001', '日本\ud800'],
);
const curves = plotLog([
  { step: 1, loss: 1 },
  { step: 2, loss: 0.5 },
]);

function broken(spec: Record<string, unknown>): Picture[] {
  return [{ name: 'broken', title: '', spec }];
}

describe('drawPictures', () => {
  test('gives the same SVG and PNG each time, with labels escaped', async () => {
    const [first, second] = await Promise.all([drawPictures([matrix, ...curves]), drawPictures([...curves, matrix])]);
    expect(first.map(({ name }) => name)).toEqual(['confusion_matrix', 'loss']);
    expect(second.map(({ svg }) => svg).reverse()).toEqual(first.map(({ svg }) => svg));
    expect(second.map(({ png }) => Buffer.from(png)).reverse()).toEqual(first.map(({ png }) => Buffer.from(png)));
    const { svg, png } = first[0]!;
    expect(svg).toMatch(/^<svg [^>]*xmlns=/);
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;');
    expect(Buffer.from(png.subarray(1, 4)).toString()).toBe('PNG');
    // Twice as wide as the SVG says.
    expect(Buffer.from(png).readUInt32BE(16)).toBe(2 * Number(/ width="(\d+)"/.exec(svg)![1]));
  });

  test('refuses what cannot be drawn, fetches nothing, and stops when aborted', async () => {
    const data = { url: '/etc/passwd', format: { type: 'csv' } };
    const refused = [
      drawPictures(broken({ mark: 'nonsense', data: { values: [] } })),
      drawPictures(broken({ mark: 'point', data, encoding: {} })),
    ];
    for (const result of await Promise.allSettled(refused))
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(DataError) as DataError });
    await expect(refused[1]).rejects.toThrow('/etc/passwd');
    await expect(drawPictures(curves, { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    await expect(drawPictures(curves, { signal: AbortSignal.timeout(5) })).rejects.toThrow(AbortError);
    expect(await drawPictures([])).toEqual([]);
  });
});
