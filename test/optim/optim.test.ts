import { describe, expect, it } from 'vitest';
import {
  AdamW,
  clipGradNorm,
  configure,
  devices,
  memory,
  mul,
  SGD,
  sum,
  sync,
  tensor,
  type Tensor,
  tidy,
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
    expect(memory(device).liveTensors).toBe(before);
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
