import { describe, expect, it } from 'vitest';
import {
  AdamW,
  clipGradNorm,
  configure,
  devices,
  gradientState,
  memory,
  mul,
  SGD,
  sum,
  sync,
  tensor,
  type Tensor,
  tidy,
  zeros,
} from '../../lib/index.js';

const device = 'cpu';
const START = [1, -2, 0.5, 3];
const leaf = (data = START) => tensor(data, { device, requiresGrad: true });

/** d/dw of 0.5 sum(c w²), so that gradients differ by element. */
const COEFFICIENTS = [1, 0.5, -2, 0.25];
function setGradient(w: Tensor): void {
  const halves = COEFFICIENTS.map((c) => c / 2);
  const loss = tidy(() => sum(mul(mul(w, w), tensor(halves, { device }))));
  loss.backward();
  loss.dispose();
}

interface Setting {
  lr: number;
  beta1: number;
  beta2: number;
  eps: number;
  decay: number;
}

function adamwByHand(steps: number, { lr, beta1, beta2, eps, decay }: Setting): number[] {
  return START.map((start, i) => {
    let [w, m, v] = [start, 0, 0];
    for (let t = 1; t <= steps; t++) {
      const g = COEFFICIENTS[i]! * w;
      w -= lr * decay * w;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      w -= ((lr / (1 - beta1 ** t)) * m) / (Math.sqrt(v / (1 - beta2 ** t)) + eps);
    }
    return w;
  });
}

async function near(x: Tensor, expected: readonly number[]): Promise<void> {
  const values = await x.data();
  expected.forEach((e, i) => expect(Number(values[i])).toBeCloseTo(e, 5));
}

describe('AdamW', () => {
  it('follows the formula over several steps', async () => {
    const w = leaf();
    const optimizer = new AdamW([w], { lr: 0.1, betas: [0.8, 0.9], eps: 1e-6, weightDecay: 0.05 });
    for (let i = 0; i < 7; i++) {
      setGradient(w);
      optimizer.step();
      optimizer.zeroGrad();
    }
    await near(w, adamwByHand(7, { lr: 0.1, beta1: 0.8, beta2: 0.9, eps: 1e-6, decay: 0.05 }));
    expect(optimizer.stepCount).toBe(7);
  });

  it('takes rates and decay by group, over more tensors than one launch holds', async () => {
    const decayed = Array.from({ length: 70 }, () => leaf());
    const plain = leaf();
    const optimizer = new AdamW(
      [
        { params: decayed, weightDecay: 0.1 },
        { params: [plain], weightDecay: 0, lr: 0.02 },
      ],
      { lr: 0.01 },
    );
    expect(optimizer.parameters().length).toBe(71);
    for (let i = 0; i < 2; i++) {
      for (const w of optimizer.parameters()) setGradient(w);
      optimizer.step();
      optimizer.zeroGrad();
    }
    const setting = { beta1: 0.9, beta2: 0.999, eps: 1e-8 };
    for (const w of [decayed[0]!, decayed[69]!]) await near(w, adamwByHand(2, { ...setting, lr: 0.01, decay: 0.1 }));
    await near(plain, adamwByHand(2, { ...setting, lr: 0.02, decay: 0 }));
  });

  it('goes on from a saved state', async () => {
    const [a, b] = [leaf(), leaf()];
    const first = new AdamW([a], { lr: 0.1 });
    const step = (w: Tensor, optimizer: AdamW) => {
      setGradient(w);
      optimizer.step();
      optimizer.zeroGrad();
    };
    step(a, first);
    const state = first.stateDict();
    expect([...state.keys()]).toEqual(['state.0.exp_avg', 'state.0.exp_avg_sq', 'step']);
    b.write((await a.data()) as Float32Array);
    const second = new AdamW([b], { lr: 0.1 });
    await second.loadStateDict(state);
    step(a, first);
    step(b, second);
    expect(await b.data()).toEqual(await a.data());
  });

  it('refuses a state that does not fit', async () => {
    const optimizer = new AdamW([leaf()]);
    await expect(optimizer.loadStateDict(new Map())).rejects.toThrow('optimizer: the state lacks state.0.exp_avg');
    const other = new AdamW([tensor([1], { device, requiresGrad: true })]).stateDict();
    await expect(optimizer.loadStateDict(other)).rejects.toMatchObject({ name: 'CheckpointError' });
  });

  it.each([
    ['a plain object', () => ({}), 'a state dict must be a Map of tensors by name, got [object Object]'],
    ['a list of numbers', (state) => state.set('state.1.exp_avg', [1] as never), 'state.1.exp_avg must be a tensor'],
    ['a disposed tensor', (state) => (state.get('state.1.exp_avg_sq')!.dispose(), state), 'got a disposed one'],
    [
      'another type',
      (state) => state.set('state.1.exp_avg', zeros([4], { dtype: 'i32', device })),
      'must be f32, got i32',
    ],
    [
      'a step that is no count',
      (state) => state.set('step', tensor([0.5], { device })),
      'a whole number from 0, got 0.5',
    ],
    ['no step', (state) => (state.delete('step'), state), 'the state lacks step'],
  ] as [string, (state: Map<string, Tensor>) => object, string][])(
    'takes nothing of a state with %s',
    async (_, spoil, text) => {
      const [saved, own] = [new AdamW([leaf(), leaf()]), new AdamW([leaf(), leaf()])];
      saved.parameters().forEach(setGradient);
      saved.step();
      const state = spoil(saved.stateDict()) as Map<string, Tensor>;
      await expect(own.loadStateDict(state)).rejects.toThrow(`optimizer: `);
      await expect(own.loadStateDict(state)).rejects.toThrow(text);
      for (const name of ['state.0.exp_avg', 'state.1.exp_avg', 'step'])
        expect(Math.max(...((await own.stateDict().get(name)!.data()) as Float32Array).map(Math.abs))).toBe(0);
    },
  );

  it('makes no tensor with each state it gives', () => {
    const optimizer = new AdamW([leaf()]);
    optimizer.stateDict();
    const before = memory(device).liveTensors;
    optimizer.stateDict();
    expect(memory(device).liveTensors).toBeLessThanOrEqual(before);
  });

  it('refuses settings out of range and unknown ones', () => {
    const refused = (options: object, text: string) =>
      expect(() => new AdamW([leaf()], options)).toThrow(
        expect.objectContaining({ name: 'ConfigError', message: text }),
      );
    refused({ betas: [2, 3] }, 'optimizer: betas[0] must be a number from 0 to below 1, got 2');
    refused({ betas: [0.9, 1] }, 'optimizer: betas[1] must be a number from 0 to below 1, got 1');
    refused({ eps: -1 }, 'optimizer: eps must be a number from 0, got -1');
    refused({ weightDecay: NaN }, 'optimizer: weightDecay must be a number from 0, got NaN');
    expect(() => new AdamW([leaf()], { learningRate: 1 } as object)).toThrow(
      /^AdamW: option must be one of .*learningRate/,
    );
    expect(() => new SGD([leaf()], { momentum: -1 })).toThrow('optimizer: momentum must be a number from 0, got -1');
    expect(() => new SGD([leaf()], { nestrov: true } as object)).toThrow(/did you mean "nesterov"/);
    expect(() => new AdamW([{ params: [leaf()], lr: -1 }])).toThrow('optimizer: lr must be a number from 0, got -1');
  });

  it('refuses 16-bit parameters', () => {
    const half = tensor([1], { dtype: 'f16', device, requiresGrad: true });
    expect(() => new AdamW([half])).toThrow(/^optimizer: parameters must be f32 or f64, got f16; load the model with/);
  });

  it('refuses what cannot be trained', () => {
    const w = leaf();
    expect(() => new AdamW([])).toThrow('optimizer: there is no parameter to train');
    expect(() => new AdamW([w, w])).toThrow('optimizer: a parameter is in two groups');
    expect(() => new AdamW([tensor([1], { device })])).toThrow('optimizer: every parameter must require a gradient');
    expect(() => new AdamW([w], { lr: -1 })).toThrow(expect.objectContaining({ name: 'ConfigError' }));
  });

  it('leaves nothing behind', async () => {
    const w = leaf();
    await sync(device);
    const before = memory(device).liveTensors;
    const optimizer = new AdamW([w]);
    setGradient(w);
    optimizer.step();
    optimizer.zeroGrad();
    optimizer.dispose();
    expect(memory(device).liveTensors).toBeLessThanOrEqual(before);
  });

  it('gives the same bits with any number of threads', async () => {
    const { threads } = devices()[0]!;
    const results: unknown[] = [];
    for (const count of [1, 2, 4]) {
      configure({ threads: count });
      const w = tensor(
        Float32Array.from({ length: 40_001 }, (_, i) => Math.sin(i)),
        { device, requiresGrad: true },
      );
      sum(mul(w, w)).backward();
      const norm = clipGradNorm([w], 1);
      new AdamW([w]).step();
      const bits = async (x: Tensor) => Buffer.from((await x.data()).buffer).toString('base64');
      results.push((await bits(norm)) + (await bits(w)));
    }
    configure({ threads: threads! });
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });
});

describe('SGD', () => {
  it.each([
    ['plain', 0, false],
    ['momentum', 0.9, false],
    ['nesterov', 0.9, true],
  ])('follows the formula: %s', async (_, momentum, nesterov) => {
    const w = leaf();
    const optimizer = new SGD([w], { lr: 0.1, momentum, nesterov, weightDecay: 0.01 });
    for (let i = 0; i < 4; i++) {
      setGradient(w);
      optimizer.step();
      optimizer.zeroGrad();
    }
    await near(
      w,
      START.map((start, i) => {
        let [x, b] = [start, 0];
        for (let t = 0; t < 4; t++) {
          const g = COEFFICIENTS[i]! * x + 0.01 * x;
          b = momentum * b + g;
          x -= 0.1 * (nesterov ? g + momentum * b : b);
        }
        return x;
      }),
    );
  });
});

describe('clipGradNorm', () => {
  it('measures all gradients together and scales them down to the limit', async () => {
    const [a, b] = [leaf([3]), leaf([4])];
    const fill = () => {
      for (const w of [a, b]) {
        w.grad?.dispose();
        w.grad = undefined;
        sum(mul(w, w)).backward();
      }
    };
    fill();
    expect(await clipGradNorm([a, b], 1).item()).toBeCloseTo(10, 5);
    expect(await a.grad!.item()).toBeCloseTo(0.6, 5);
    fill();
    expect(await clipGradNorm([a, b], 20).item()).toBeCloseTo(10, 5);
    expect([await a.grad!.item(), await b.grad!.item()]).toEqual([6, 8]);
    expect(await clipGradNorm([a, b], Infinity).item()).toBeCloseTo(10, 5);
  });
});

describe('gradientState', () => {
  it('hands the optimizer the factor that clips and leaves the gradients', async () => {
    const [a, b] = [leaf([3, 4]), leaf([3, 4])];
    for (const w of [a, b]) sum(mul(w, w)).backward();
    const state = gradientState([a], { maxNorm: 1 });
    new SGD([a], { lr: 1 }).step(state);
    clipGradNorm([b], 1);
    new SGD([b], { lr: 1 }).step();
    await near(a, (await b.data()) as unknown as number[]);
    expect(await a.grad!.toArray()).toEqual([6, 8]);
    const [norm, , ...flags] = (await state.toArray()) as number[];
    expect([norm, ...flags]).toEqual([10, 0, 0]);
  });

  it.each([
    ['a gradient is NaN', NaN, 1],
    ['a scalar beside is infinite', 1, Infinity],
  ])('has the step skipped where %s', async (_, factor, scalar) => {
    for (const make of [(w: Tensor) => new AdamW([w]), (w: Tensor) => new SGD([w])]) {
      const w = leaf([3, 4]);
      sum(mul(w, factor)).backward();
      const alsoFinite = [tensor([2], { device }), tensor([scalar], { dtype: 'f64', device })];
      make(w).step(gradientState([w], { alsoFinite }));
      expect(await w.toArray()).toEqual([3, 4]);
    }
  });
});
