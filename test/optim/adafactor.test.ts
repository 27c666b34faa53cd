import { describe, expect, it } from 'vitest';
import { Adafactor, gradientState, mul, sum, tensor, type Tensor, tidy } from '../../lib/index.js';
import { modelDevices } from '../cuda.js';
import { expectClose } from '../golden/compare.js';

const flat = async (x: Tensor) => [...((await x.data()) as Float32Array)];

/** A matrix and a vector with gradients c w, as the goldens have them. */
function makeParameters(device: string) {
  const options = { device, requiresGrad: true };
  const w = tensor(
    [
      [0.5, -1, 2],
      [0.25, 3, -0.75],
    ],
    options,
  );
  const b = tensor([1, -2, 0.5, 3], options);
  const setGradients = (factor = 0.5) =>
    tidy(() => {
      const cw = tensor(
        [
          [1, -0.5, 2],
          [0.25, 3, 1e-3],
        ],
        { device },
      );
      const cb = tensor([1, 0.5, -2, 0.25], { device });
      sum(mul(mul(mul(w, w), cw), factor)).backward();
      sum(mul(mul(mul(b, b), cb), factor)).backward();
    });
  const groups = [
    { params: [w], weightDecay: 0.1 },
    { params: [b], weightDecay: 0 },
  ];
  return { w, b, groups, setGradients };
}

// transformers 5.18, Adafactor(lr=0.05, scale_parameter=False, relative_step=False), four steps: w, b, and the moments.
const PYTHON = [
  {
    options: {},
    w: [
      0.18797437846660614, -1.0003288984298706, 1.6144322156906128, 0.2230646312236786, 2.785494089126587,
      -0.7350816130638123,
    ],
    b: [0.8066686391830444, -1.8032200336456299, 0.7108652591705322, 2.802121877670288],
    row: [4.6220550537109375, 25.353412628173828],
    col: [0.06859917938709259, 38.15324783325195, 6.74135684967041],
    all: [0.8360738158226013, 0.9147687554359436, 1.409653902053833, 0.5301245450973511],
  },
  {
    options: { beta1: 0.9 },
    w: [
      0.4166179895401001, -0.984316349029541, 1.8855427503585815, 0.24080562591552734, 2.906771421432495,
      -0.7351057529449463,
    ],
    b: [0.9549236297607422, -1.9548413753509521, 0.5455557107925415, 2.9548144340515137],
    row: [5.272078514099121, 26.337520599365234],
    col: [0.11351776868104935, 39.62751770019531, 7.673364639282227],
    all: [0.9715396165847778, 0.9856787919998169, 1.0591175556182861, 0.5571181774139404],
  },
];

describe.each(modelDevices)('Adafactor on %s', (device) => {
  it.each(PYTHON)('follows Python with $options', async ({ options, ...expected }) => {
    const { w, b, groups, setGradients } = makeParameters(device);
    const optimizer = new Adafactor(groups, { lr: 0.05, ...options });
    for (let step = 0; step < 4; step++) {
      setGradients();
      optimizer.step();
      optimizer.zeroGrad();
    }
    const state = optimizer.stateDict();
    const actual = {
      w,
      b,
      row: state.get('state.0.exp_avg_sq_row')!,
      col: state.get('state.0.exp_avg_sq_col')!,
      all: state.get('state.1.exp_avg_sq')!,
    };
    for (const [name, values] of Object.entries(expected))
      expectClose(await flat(actual[name as keyof typeof actual]), values, { absolute: 1e-6, relative: 1e-5 }, name);
    optimizer.dispose();
  });

  it('takes the scale of the gradients from the device, and leaves everything as it is in a skipped step', async () => {
    const [plain, scaled] = [makeParameters(device), makeParameters(device)];
    const optimizers = [plain, scaled].map(({ groups }) => new Adafactor(groups, { lr: 0.05 }));
    for (let step = 0; step < 2; step++) {
      plain.setGradients();
      optimizers[0]!.step();
      scaled.setGradients(0.5 * 8);
      const inverseScale = tensor([1 / 8], { device });
      const parameters = [scaled.w, scaled.b];
      optimizers[1]!.step(gradientState(parameters, { inverseScale }));
      for (const optimizer of optimizers) optimizer.zeroGrad();
      const kept = await Promise.all(parameters.map(flat));
      scaled.setGradients(Infinity);
      optimizers[1]!.step(gradientState(parameters, { inverseScale }));
      optimizers[1]!.stepCount -= 1;
      optimizers[1]!.zeroGrad();
      expect(await Promise.all(parameters.map(flat))).toEqual(kept);
    }
    expectClose(await flat(scaled.w), await flat(plain.w), { absolute: 1e-6, relative: 1e-6 });
    expectClose(await flat(scaled.b), await flat(plain.b), { absolute: 1e-6, relative: 1e-6 });
    for (const optimizer of optimizers) optimizer.dispose();
  });
});

describe('Adafactor', () => {
  it('goes on from a saved state', async () => {
    const [one, two] = [makeParameters('cpu'), makeParameters('cpu')];
    const [first, second] = [new Adafactor(one.groups), new Adafactor(two.groups)];
    one.setGradients();
    first.step();
    first.zeroGrad();
    two.w.write((await one.w.data()) as Float32Array);
    two.b.write((await one.b.data()) as Float32Array);
    await second.loadStateDict(first.stateDict());
    for (const [{ setGradients }, optimizer] of [
      [one, first],
      [two, second],
    ] as const) {
      setGradients();
      optimizer.step();
    }
    expect(await flat(two.w)).toEqual(await flat(one.w));
    expect(await flat(two.b)).toEqual(await flat(one.b));
  });

  it.each([
    [{ clipThreshold: 0 }, 'clipThreshold must be above 0, got 0'],
    [{ decayRate: 0.8 }, 'decayRate must be below 0, got 0.8'],
    [{ beta1: 1 }, 'beta1 must be a number from 0 to below 1, got 1'],
    [{ scaleParameter: true }, 'got scaleParameter'],
  ])('refuses %o', (options, text) => {
    expect(() => new Adafactor(makeParameters('cpu').groups, options as object)).toThrow(text);
  });
});
