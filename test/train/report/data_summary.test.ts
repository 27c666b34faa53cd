import { expect, test } from 'vitest';
import { Dataset } from '../../../lib/index.js';
import { summarizeData } from '../../../lib/train/report/data_summary.js';

/** Rows of 1 to 100 tokens, two of them of 100. */
const rows = Array.from({ length: 101 }, (_, i) => ({ inputIds: new Int32Array(Math.min(100, i + 1)), i }));

test('a summary counts rows, tokens, lengths and how many rows are as long as the longest', async () => {
  const summary = await summarizeData(Dataset.fromArray(rows), undefined);
  expect(summary).toMatchObject({
    rows: 101,
    tokens: 5150,
    lengths: { min: 1, p5: 6, p25: 26, median: 51, p75: 76, p95: 96, max: 100 },
    atLongest: 2 / 101,
    labelCounts: undefined,
    valueBins: undefined,
  });
  const { edges, counts } = summary!.lengthBins;
  expect(edges).toHaveLength(counts.length + 1);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(101);
  expect([edges[0], edges.at(-1)! > 100]).toEqual([1, true]);
});

test('labels are counted as the problem has them', async () => {
  const of = (label: (i: number) => number | number[], type?: string) =>
    summarizeData(Dataset.fromArray(rows.map(({ inputIds, i }) => ({ inputIds, label: label(i) }))) as never, type);
  expect((await of((i) => i % 2))!.labelCounts).toEqual([51, 50]);
  expect((await of((i) => [i % 2, 1], 'multi_label_classification'))!.labelCounts).toEqual([50, 101]);
  const tokens = Dataset.fromArray(rows.map(() => ({ inputIds: [1, 2, 3], labels: [2, -100, 0] })));
  expect((await summarizeData(tokens, undefined))!.labelCounts).toEqual([101, 0, 101]);
  // Of other lengths than the rows: texts to write.
  expect((await of(() => [2, -100, 0]))!.labelCounts).toBeUndefined();
  const regression = (await of((i) => i / 10, 'regression'))!;
  expect(regression.labelCounts).toBeUndefined();
  expect(regression.valueBins!.counts.reduce((sum, count) => sum + count, 0)).toBe(101);
  const constant = (await of(() => 0.5, 'regression'))!;
  expect(constant.valueBins!.counts).toEqual([101]);
});

test('a stream is not read for a summary', async () => {
  const unread = {
    [Symbol.asyncIterator](): never {
      throw new Error('read');
    },
  };
  expect(await summarizeData(unread, undefined)).toBeUndefined();
});
