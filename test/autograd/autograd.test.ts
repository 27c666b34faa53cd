import { describe, expect, it } from 'vitest';
import {
  add,
  cast,
  defineOp,
  embedding,
  exp,
  grad,
  linear,
  memory,
  mul,
  noGrad,
  reshape,
  split,
  sum,
  sync,
  tensor,
  type Tensor,
  tidy,
} from '../../lib/index.js';
import { addon } from '../../lib/native/addon.js';
import { gradcheck } from '../gradcheck.js';

const device = 'cpu';
const leaf = (data: number[] | number[][]) => tensor(data, { device, requiresGrad: true });

describe('backward', () => {
  it('adds up the ways to a leaf', async () => {
    const x = leaf([2, 3]);
    sum(add(mul(x, x), mul(x, 4))).backward();
    expect(await x.grad!.toArray()).toEqual([8, 10]);
  });

  it('adds to the gradient that is there', async () => {
    const x = leaf([1]);
    mul(x, 3).backward();
    mul(x, 4).backward();
    expect(await x.grad!.toArray()).toEqual([7]);
  });

  it('takes a gradient for a tensor of more than one element', async () => {
    const x = leaf([1, 2]);
    const y = mul(x, x);
    expect(() => y.backward()).toThrow('backward: a tensor of shape (2) needs a gradient of its shape');
    y.backward(tensor([1, 10], { device }));
    expect(await x.grad!.toArray()).toEqual([2, 40]);
  });

  it('gives leaves gradients of their own, never shared memory', async () => {
    const [a, b, c] = [leaf([1, 2]), leaf([3, 4]), leaf([[5, 6]])];
    const dy = tensor([[1, 1]], { device });
    add(add(a, b), c).backward(dy);
    const storages = [a, b, c].map((x) => addon().storageOf(x.grad!.handle));
    expect(new Set([...storages, addon().storageOf(dy.handle)]).size).toBe(4);
    a.grad!.dispose();
    expect(await b.grad!.toArray()).toEqual([1, 1]);
  });

  it('consumes the tape', () => {
    const x = leaf([1]);
    const y = exp(x);
    y.backward();
    expect(() => y.backward()).toThrow('backward: the tape of exp was already consumed; run the forward pass again');
  });

  it('refuses a tensor that depends on no leaf', () => {
    expect(() => tensor([1], { device }).backward()).toThrow(/does not depend on anything that requires a gradient/);
    const x = leaf([1]);
    expect(noGrad(() => mul(x, x)).requiresGrad).toBe(false);
  });

  it('leaves nothing behind, with tidy or without', async () => {
    const x = leaf([1, 2]);
    await sync(device);
    const before = memory(device);
    for (let i = 0; i < 50; i++) {
      const loss = tidy(() => sum(mul(exp(x), add(x, 1))));
      loss.backward();
      loss.dispose();
      x.grad!.dispose();
      x.grad = undefined;
    }
    const loss = tidy(() => sum(mul(exp(x), x)));
    loss.dispose();
    await sync(device);
    expect(memory(device).liveTensors).toBeLessThanOrEqual(before.liveTensors);
    expect(memory(device).liveBytes).toBeLessThanOrEqual(before.liveBytes);
  });

  it('brings f32 gradients of 16-bit weights to their f32 masters unrounded', async () => {
    const master = leaf([[1, 2, 3]]);
    const x = tensor([[1], [0.00390625], [0.0000152587890625]], { dtype: 'bf16', device });
    const y = linear(reshape(x, [1, 3]), cast(master, 'bf16'));
    y.backward(tensor([[1.0078125]], { dtype: 'bf16', device }));
    expect(master.grad!.dtype).toBe('f32');
    expect(await master.grad!.toArray()).toEqual([[1.0078125, 1.0078125 * 2 ** -8, 1.0078125 * 2 ** -16]]);
  });

  it('joins the gradients of a split, also of parts that were not used', async () => {
    const x = leaf([[1, 2, 3, 4]]);
    const parts = split(x, 1, 4);
    add(mul(parts[0]!, 2), mul(parts[3]!, 5)).backward();
    expect(await x.grad!.toArray()).toEqual([[2, 0, 0, 5]]);
  });

  it('leaves the padding row of an embedding without a gradient', async () => {
    const table = leaf([[1], [2]]);
    const ids = tensor([0, 1, 0], { dtype: 'i64', device });
    sum(embedding(table, ids, { paddingIdx: 0 })).backward();
    expect(await table.grad!.toArray()).toEqual([[0], [1]]);
  });
});

describe('grad', () => {
  it('gives gradients of leaves and of what lies between, without touching .grad', async () => {
    const x = leaf([3]);
    const y = mul(x, x);
    const z = mul(y, 2);
    const [dx, dy] = grad([z], [x, y]);
    expect([await dx!.item(), await dy!.item(), x.grad]).toEqual([12, 2, undefined]);
  });

  it('is undefined where there is no way', () => {
    const [x, y] = [leaf([1]), leaf([1])];
    expect(grad([exp(x)], [y])).toEqual([undefined]);
  });

  it('may keep the tape', async () => {
    const x = leaf([2]);
    const y = mul(x, x);
    const [first] = grad([y], [x], { keepTape: true });
    const [second] = grad([y], [x]);
    expect([await first!.item(), await second!.item()]).toEqual([4, 4]);
  });
});

describe('gradcheck', () => {
  const wrong = defineOp({
    name: 'wrong',
    forward: (context, x: Tensor) => {
      context.save(x);
      return mul(x, x);
    },
    backward: ({ saved }, dy) => [mul(saved[0]!, dy!)],
  });
  const input = () => tensor([1, 2, 3], { dtype: 'f64', device: 'cpu:reference', requiresGrad: true });

  it('passes a right gradient and counts what it compared', async () => {
    const x = input();
    expect(await gradcheck(() => mul(exp(x), x), [x])).toBe(3);
  });

  it('finds a wrong one', async () => {
    const x = input();
    await expect(gradcheck(() => wrong(x), [x])).rejects.toThrow(/^gradcheck: input 0, element 0: the gradient is/);
    expect(await x.toArray()).toEqual([1, 2, 3]);
  });
});
