import { describe, expect, test } from 'vitest';
import { learningRateAt } from '../../../lib/train/arguments/lr_schedule.js';
import { TrainingArguments, type TrainingArgumentsInit } from '../../../lib/train/index.js';

const base = { outputDir: './results', learningRate: 1e-3 };
const STEPS = [0, 1, 2, 3, 4, 7, 10, 11];

type Case = [
  type: NonNullable<TrainingArgumentsInit['lrSchedulerType']>,
  options: Record<string, number>,
  warmup: number,
  rates: number[],
];

// transformers 5.18, get_scheduler over 10 steps from 1e-3: rates of the steps above.
const PYTHON: Case[] = [
  ['linear', {}, 0, [0.001, 0.0009000000000000001, 0.0008, 0.0007, 0.0006, 0.0003, 0.0, 0.0]],
  [
    'linear',
    {},
    3,
    [0.0, 0.0003333333333333333, 0.0006666666666666666, 0.001, 0.0008571428571428571, 0.00042857142857142855, 0.0, 0.0],
  ],
  [
    'cosine',
    {},
    0,
    [
      0.001, 0.0009755282581475768, 0.0009045084971874737, 0.0007938926261462366, 0.0006545084971874737,
      0.00020610737385376348, 0.0, 2.4471741852423235e-5,
    ],
  ],
  [
    'cosine',
    {},
    3,
    [
      0.0, 0.0003333333333333333, 0.0006666666666666666, 0.001, 0.0009504844339512095, 0.00038873953302184284, 0.0,
      4.951556604879043e-5,
    ],
  ],
  [
    'cosine',
    { numCycles: 1.5 },
    3,
    [
      0.0, 0.0003333333333333333, 0.0006666666666666666, 0.001, 0.0006112604669781572, 0.0008117449009293667, 0.0,
      0.0003887395330218426,
    ],
  ],
  [
    'cosine_with_restarts',
    {},
    0,
    [
      0.001, 0.0009755282581475768, 0.0009045084971874737, 0.0007938926261462366, 0.0006545084971874737,
      0.00020610737385376348, 0.0, 0.0,
    ],
  ],
  [
    'cosine_with_restarts',
    {},
    3,
    [0.0, 0.0003333333333333333, 0.0006666666666666666, 0.001, 0.0009504844339512095, 0.00038873953302184284, 0.0, 0.0],
  ],
  [
    'cosine_with_restarts',
    { numCycles: 3 },
    3,
    [0.0, 0.0003333333333333333, 0.0006666666666666666, 0.001, 0.0006112604669781572, 0.00018825509907063342, 0.0, 0.0],
  ],
  ['constant', {}, 0, [0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001]],
  ['constant', {}, 3, [0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001]],
  [
    'constant_with_warmup',
    {},
    3,
    [0.0, 0.0003333333333333333, 0.0006666666666666666, 0.001, 0.001, 0.001, 0.001, 0.001],
  ],
  [
    'polynomial',
    {},
    0,
    [
      0.001, 0.0009000099999999999, 0.0008000199999999999, 0.0007000299999999999, 0.0006000399999999999,
      0.00030007000000000005, 1e-7, 1e-7,
    ],
  ],
  [
    'polynomial',
    {},
    3,
    [
      0.0, 0.0003333333333333333, 0.0006666666666666666, 0.001, 0.0008571571428571429, 0.00042862857142857147, 1e-7,
      1e-7,
    ],
  ],
  [
    'polynomial',
    { power: 2.5, lrEnd: 1e-5 },
    3,
    [
      0.0, 0.0003333333333333333, 0.0006666666666666666, 0.001, 0.0006833924154264029, 0.00012904008583689954, 1e-5,
      1e-5,
    ],
  ],
  [
    'inverse_sqrt',
    {},
    0,
    [
      0.001, 0.0009999500037496877, 0.0009999000149975006, 0.0009998500337415647, 0.0009998000599800072,
      0.0009996501836428782, 0.0009995003746877732, 0.0009994504533344625,
    ],
  ],
  [
    'inverse_sqrt',
    {},
    3,
    [
      0.0, 0.0003333333333333333, 0.0006666666666666666, 0.001, 0.0008660254037844387, 0.000654653670707977,
      0.0005477225575051661, 0.0005222329678670935,
    ],
  ],
  [
    'inverse_sqrt',
    { timescale: 5 },
    0,
    [
      0.001, 0.000912870929175277, 0.0008451542547285166, 0.0007905694150420947, 0.00074535599249993,
      0.0006454972243679028, 0.0005773502691896259, 0.0005590169943749475,
    ],
  ],
  [
    'inverse_sqrt',
    { timescale: 5 },
    3,
    [
      0.0, 0.0003333333333333333, 0.0006666666666666666, 0.001, 0.000912870929175277, 0.00074535599249993,
      0.0006454972243679028, 0.0006201736729460422,
    ],
  ],
];

describe('learningRateAt', () => {
  test.each(PYTHON)('%s %o with a warm-up of %d gives the rates of Python', (type, options, warmupSteps, rates) => {
    const args = new TrainingArguments({ ...base, lrSchedulerType: type, lrSchedulerKwargs: options, warmupSteps });
    STEPS.forEach((step, i) => expect(Math.abs(learningRateAt(args, step, 10) - rates[i]!)).toBeLessThan(1e-15));
  });

  test.each([
    [{ warmupRatio: 0.25 }, [0, 0.5, 1]],
    [{ warmupSteps: 0.25 }, [0, 0.5, 1]],
    [{ warmupSteps: 1, warmupRatio: 0.9 }, [0, 1, 0.75]],
  ])('takes a warm-up %o as steps, or as a share rounded up', (warmup, rates) => {
    const args = new TrainingArguments({ ...base, learningRate: 1, ...warmup });
    expect([0, 1, 2].map((step) => learningRateAt(args, step, 5))).toEqual(rates);
  });

  test('of a polynomial refuses to climb', () => {
    const args = new TrainingArguments({ ...base, lrSchedulerType: 'polynomial', lrSchedulerKwargs: { lrEnd: 1 } });
    expect(() => learningRateAt(args, 0, 10)).toThrow('lrEnd must be below learningRate 0.001, got 1');
  });
});
