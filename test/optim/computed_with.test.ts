import { describe, expect, it } from 'vitest';
import { Adafactor, AdamW, cast, mul, noGrad, SGD, slice, sum, tensor, type Tensor } from '../../lib/index.js';
import { modelDevices } from '../cuda.js';

const flat = async (x: Tensor) => [...((await x.data()) as Float32Array)];
const START = [0.5, -1, 2, 0.25, 3, -0.75, 1, 1.5];
const makers = {
  AdamW: (groups: never) => new AdamW(groups, { lr: 0.1 }),
  SGD: (groups: never) => new SGD(groups, { lr: 0.1, momentum: 0.9 }),
  Adafactor: (groups: never) => new Adafactor(groups, { lr: 0.1 }),
};
const places = modelDevices.flatMap((device) => Object.entries(makers).map(([name, make]) => ({ device, name, make })));

describe.each(places)('$name on $device', ({ device, make }) => {
  const leaf = () => tensor(START, { shape: [4, 2], device, requiresGrad: true });

  it('updates rows of a tensor as parameters of their own', async () => {
    const [whole, apart] = [
      leaf(),
      [
        tensor(START.slice(0, 6), { shape: [3, 2], device, requiresGrad: true }),
        tensor(START.slice(6), { shape: [1, 2], device, requiresGrad: true }),
      ],
    ];
    const views = [[0, 3] as const, [3, 4] as const].map((rows) => ({
      rows,
      view: noGrad(() => slice(whole, 0, rows[0], rows[1])),
    }));
    const fused = make([
      { params: views.map(({ view }) => view), computedWith: views.map(({ rows }) => ({ tensor: whole, rows })) },
    ] as never);
    const separate = make(apart as never);
    expect(fused.gradientTensors()).toEqual([whole]);
    for (let step = 0; step < 3; step++) {
      sum(mul(whole, whole)).backward();
      for (const part of apart) sum(mul(part, part)).backward();
      for (const optimizer of [fused, separate]) {
        optimizer.step();
        optimizer.zeroGrad();
      }
    }
    expect(await flat(whole)).toEqual([...(await flat(apart[0]!)), ...(await flat(apart[1]!))]);
    expect([...fused.stateDict().keys()]).toEqual([...separate.stateDict().keys()]);
  });

  it.each(['bf16', 'f16'] as const)(
    'keeps f32 parameters beside the %s ones that the model computes with',
    async (dtype) => {
      const master = leaf();
      const copy = noGrad(() => cast(master, dtype)).withGrad();
      const optimizer = make([{ params: [master], computedWith: [{ tensor: copy }] }] as never);
      for (let step = 0; step < 3; step++) {
        sum(mul(copy, copy)).backward();
        optimizer.step();
        optimizer.zeroGrad();
        expect(await flat(copy)).toEqual(await flat(noGrad(() => cast(cast(master, dtype), 'f32'))));
      }
      expect(await flat(master)).not.toEqual(await flat(copy));
      optimizer.dispose();
      expect(copy.isDisposed).toBe(false);
    },
  );
});
