import { describe, expect, test } from 'vitest';
import { ConfigError, type SearchPlan } from '../../lib/index.js';
import { checkPlan } from '../../lib/search/plan.js';

const args = { outputDir: 'results', numTrainEpochs: 1 };

async function trialsOf(plan: Omit<SearchPlan, 'args'>) {
  return (await checkPlan({ args, ...plan })).trials;
}

describe('a random search', () => {
  const space = {
    learningRate: { type: 'log_uniform', min: 1e-5, max: 1e-2 },
    weightDecay: { type: 'uniform', min: 0, max: 0.1 },
    warmupSteps: { type: 'int', min: 10, max: 50, step: 20 },
    optim: ['adamw_torch', 'sgd'],
  } as const;

  test('draws from its ranges, the same for the same seed', async () => {
    const trials = await trialsOf({ space, trials: 400 });
    expect(await trialsOf({ space, trials: 400 })).toEqual(trials);
    expect(await trialsOf({ space, trials: 400, seed: 1 })).not.toEqual(trials);
    const column = (name: string) => trials.map(({ params }) => params[name] as number);
    const share = (values: number[], below: number) => values.filter((value) => value < below).length / values.length;
    const rates = column('learningRate');
    expect([Math.min(...rates) >= 1e-5, Math.max(...rates) <= 1e-2]).toEqual([true, true]);
    // A third of the decades lies below 1e-4.
    expect(Math.abs(share(rates, 1e-4) - 1 / 3)).toBeLessThan(0.1);
    expect(Math.abs(share(column('weightDecay'), 0.05) - 0.5)).toBeLessThan(0.1);
    expect(new Set(column('warmupSteps'))).toEqual(new Set([10, 30, 50]));
    expect(new Set(column('optim'))).toEqual(new Set(['adamw_torch', 'sgd']));
  });

  test('draws a trial without regard to the others and to the order of settings', async () => {
    const [first, second] = await trialsOf({ space, trials: 2 });
    const turned = Object.fromEntries(Object.entries(space).reverse());
    expect((await trialsOf({ space: turned, trials: 5 })).slice(0, 2)).toEqual([first, second]);
  });
});

describe('a grid', () => {
  test('tries every combination, the last setting fastest, with the model apart from the arguments', async () => {
    const space = {
      seed: { type: 'int', min: 1, max: 2 },
      learningRate: { type: 'log_uniform', min: 1e-4, max: 1e-2, points: 3 },
    } as const;
    const trials = await trialsOf({ strategy: 'grid', space, modelSpace: { seed: ['a'] } });
    const rates = [1e-4, 1e-3, 1e-2];
    expect(trials).toEqual(
      [1, 2].flatMap((seed) =>
        rates.map((learningRate) => ({ params: { seed, learningRate }, modelParams: { seed: 'a' } })),
      ),
    );
  });
});

describe('halving', () => {
  test('gives shares that grow by its reduction', async () => {
    const space = { seed: { type: 'int', min: 1, max: 99 } } as const;
    const sharesOf = async (trials: number, reduction: number) =>
      (await checkPlan({ args, space, strategy: 'halving', trials, reduction })).shares;
    expect(await sharesOf(9, 3)).toEqual([1 / 9, 1 / 3, 1]);
    expect(await sharesOf(8, 2)).toEqual([1 / 8, 1 / 4, 1 / 2, 1]);
    expect(await sharesOf(5, 3)).toEqual([1 / 3, 1]);
  });
});

describe('a plan is refused', () => {
  const range = { type: 'uniform', min: 0, max: 1 } as const;
  const cases: [name: string, plan: object, text: RegExp][] = [
    ['without a space', {}, /must name a setting/],
    ['for an unknown argument', { space: { learningrat: range } }, /did you mean "learningRate"/],
    ['for an argument of the search itself', { space: { outputDir: ['a', 'b'] } }, /got outputDir/],
    [
      'for an unknown type',
      { space: { learningRate: { type: 'loguniform', min: 1, max: 2 } } },
      /did you mean "log_uniform"/,
    ],
    ['for an unknown option of a range', { space: { learningRate: { ...range, mx: 2 } } }, /got mx/],
    [
      'for a range turned round',
      { space: { learningRate: { ...range, min: 2 } } },
      /min below max, got \{"min":2,"max":1\}/,
    ],
    ['for logarithms of 0', { space: { learningRate: { ...range, type: 'log_uniform' } } }, /min above 0/],
    ['for integers that are none', { space: { seed: { type: 'int', min: 0.5, max: 2 } } }, /integers/],
    ['for an empty choice', { space: { optim: [] } }, /list of texts/],
    ['for a choice of lists', { space: { optim: [[1]] } }, /list of texts/],
    ['for equal choices', { space: { optim: ['sgd', 'sgd'] } }, /different values/],
    [
      'for a value that the argument does not take',
      { space: { optim: ['sgd', 'adam'] }, strategy: 'grid' },
      /optim must be one of .*got "adam"/,
    ],
    [
      'for arguments that contradict each other in a trial',
      { space: { bf16: [true, false], fp16: [true, false] }, strategy: 'grid' },
      /bf16 and fp16/,
    ],
    [
      'for a grid without end',
      { space: { learningRate: range }, strategy: 'grid' },
      /a grid needs .* for learningRate/,
    ],
    [
      'for a grid too large',
      { space: { seed: { type: 'int', min: 1, max: 9999 } }, modelSpace: { x: [1, 2] }, strategy: 'grid' },
      /at most 1000 trials/,
    ],
    [
      'for a grid with a number of trials',
      { space: { seed: [1, 2] }, strategy: 'grid', trials: 3 },
      /left out of a grid/,
    ],
    ['for a reduction of no halving', { space: { seed: [1, 2] }, reduction: 3 }, /belongs to halving/],
    ['for halving of too few', { space: { seed: [1, 2] }, strategy: 'halving', trials: 2 }, /at least as many trials/],
    [
      'for checkpoints that trials cannot go on from',
      { space: { saveOnlyModel: [true] } },
      /saveOnlyModel must be false/,
    ],
    ['for a strategy there is not', { space: { seed: [1, 2] }, strategy: 'bayes' }, /strategy must be one of/],
    ['for a space that is none', { space: [1] }, /space must map names/],
  ];
  test.each(cases)('%s', async (_, plan, text) => {
    const refused = checkPlan({ args, ...plan });
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(text);
  });
});
