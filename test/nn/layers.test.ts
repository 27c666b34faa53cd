import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  Dropout,
  Embedding,
  Generator,
  Linear,
  ones,
  RMSNorm,
  SeededInit,
  tensor,
} from '../../lib/index.js';

describe('Linear', () => {
  it('computes x Wᵀ + b, its activation and a residual', async () => {
    using layer = new Linear(2, 2);
    layer.loadStateDict(
      new Map([
        [
          'weight',
          tensor([
            [1, 2],
            [-1, 0],
          ]),
        ],
        ['bias', tensor([1, 0])],
      ]),
    );
    const x = tensor([[1, 1]]);
    expect(await layer.forward(x).toArray()).toEqual([[4, -1]]);
    expect(await layer.forward(x, { activation: 'relu', residual: tensor([[10, 20]]) }).toArray()).toEqual([[14, 20]]);
  });

  it('has no bias when it shall not', () => {
    using layer = new Linear(2, 3, { bias: false });
    expect(layer.namedParameters().map(([name]) => name)).toEqual(['weight']);
  });
});

describe('Embedding', () => {
  it('starts its padding row at 0 and gives it no gradient', async () => {
    using words = new Embedding(4, 2, { paddingIdx: 1, init: new SeededInit({ seed: 1 }) });
    expect(((await words.weight.toArray()) as number[][])[1]).toEqual([0, 0]);
    const rows = words.forward(tensor([1, 3, 3], { dtype: 'i32' }));
    expect(rows.shape).toEqual([3, 2]);
    rows.backward(ones([3, 2]));
    expect(await words.weight.grad!.toArray()).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [2, 2],
    ]);
  });
});

describe('RMSNorm', () => {
  it('divides by the root mean square of x + residual', async () => {
    using norm = new RMSNorm(2, { eps: 0 });
    const [[a, b]] = (await norm.forward(tensor([[2, 0]]), tensor([[1, 4]])).toArray()) as [[number, number]];
    expect(a).toBeCloseTo(3 / Math.sqrt(12.5), 6);
    expect(b).toBeCloseTo(4 / Math.sqrt(12.5), 6);
  });
});

describe('Dropout', () => {
  it('drops in training mode alone, the same elements for the same seed', async () => {
    const x = ones([1000]);
    const drop = () => new Dropout(0.25, new Generator(5, x.device));
    const values = (await drop().forward(x).toArray()) as number[];
    const dropped = values.filter((value) => value === 0).length;
    expect(dropped).toBeGreaterThan(200);
    expect(dropped).toBeLessThan(300);
    expect(values.find((value) => value !== 0)).toBeCloseTo(4 / 3, 6);
    expect(await drop().forward(x).toArray()).toEqual(values);
    expect(drop().eval().forward(x)).toBe(x);
  });

  it('refuses a chance out of range', () => {
    expect(() => new Dropout(1)).toThrow(ConfigError);
    expect(() => new Dropout(NaN)).toThrow(/p must lie in \[0, 1\), got NaN/);
  });
});
