import { describe, expect, it } from 'vitest';
import {
  checkpoint,
  dropout,
  Generator,
  memory,
  mul,
  noGrad,
  sum,
  sync,
  tanh,
  tensor,
  tidy,
  type Tensor,
} from '../../lib/index.js';
import { modelDevices } from '../cuda.js';

const bits = async (x: Tensor) => [...((await x.data()) as Float32Array)];

describe.each(modelDevices)('checkpoint on %s', (device) => {
  const values = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));
  const setUp = () => ({
    x: tensor(values, { shape: [4, 6], device, requiresGrad: true }),
    w: tensor([0.5, -1, 2, 0.25, 1, -0.5], { device, requiresGrad: true }),
    generator: new Generator(5, device),
  });

  /** Two steps of a function with dropout, each by way of `call`. */
  async function run(call: (body: (a: Tensor) => Tensor, a: Tensor, w: Tensor, generator: Generator) => Tensor) {
    const { x, w, generator } = setUp();
    const body = (a: Tensor) => dropout(tanh(mul(mul(a, w), a)), 0.3, { generator });
    const y = call(body, call(body, x, w, generator), w, generator);
    sum(mul(y, y)).backward();
    return [await bits(y), await bits(x.grad!), await bits(w.grad!), generator.position];
  }

  it('gives the same values and gradients, dropout included', async () => {
    const plain = await run((body, a) => body(a));
    const again = await run((body, a, w, generator) => checkpoint(body, a, { parameters: [w], generator }));
    expect(again).toEqual(plain);
  });

  it('keeps nothing but its input until the backward pass, and nothing behind it', async () => {
    const { x } = setUp();
    await sync(device);
    const before = memory(device).liveTensors;
    const loss = tidy(() => sum(checkpoint((a) => tanh(tanh(tanh(tanh(a)))), x)));
    // The loss, and the input that the node holds.
    expect(memory(device).liveTensors).toBe(before + 2);
    loss.backward();
    x.grad!.dispose();
    x.grad = undefined;
    loss.dispose();
    expect(memory(device).liveTensors).toBe(before);
  });

  it('is a plain call without a tape', async () => {
    const { x } = setUp();
    const y = noGrad(() => checkpoint((a) => mul(a, 2), x));
    expect(y.requiresGrad).toBe(false);
    expect(await bits(y)).toEqual([...values].map((value) => Math.fround(value * 2)));
  });
});
