import { afterEach, describe, expect, it } from 'vitest';
import {
  add,
  cast,
  full,
  keep,
  memory,
  mul,
  reshape,
  slice,
  tensor,
  tidy,
  toDevice,
  transpose,
  zeros,
} from '../../lib/index.js';

const device = 'cpu';

describe('tensor', () => {
  it('takes nested arrays, typed arrays and numbers', async () => {
    expect(
      await tensor(
        [
          [1, 2],
          [3, 4],
        ],
        { device },
      ).toArray(),
    ).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await tensor(new Float32Array([1, 2, 3, 4]), { shape: [2, 2], device }).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await tensor(5, { device }).item()).toBe(5);
    expect(await tensor([], { device }).toArray()).toEqual([]);
    expect(await tensor([[true, false]], { device }).toArray()).toEqual([[true, false]]);
  });

  it('copies the data at once', async () => {
    const data = Float32Array.of(1, 2);
    const x = tensor(data, { device });
    data.fill(9);
    expect(await x.toArray()).toEqual([1, 2]);
  });

  it('keeps every dtype exactly', async () => {
    for (const dtype of ['f32', 'bf16', 'f16', 'f64', 'i64', 'i32', 'u8'] as const)
      expect(await tensor([0, 1, 100], { dtype, device }).toArray(), dtype).toEqual([0, 1, 100]);
    expect((await tensor([2n ** 53n].map(Number), { dtype: 'i64', device }).data())[0]).toBe(2n ** 53n);
  });

  it('keeps f16 numbers below the smallest normal one', async () => {
    const words = Uint16Array.of(1, 982, 1023, 1024, 0x8001);
    const x = tensor(words, { dtype: 'f16', device });
    expect(Array.from((await x.data()) as Float32Array)).toEqual([
      2 ** -24,
      982 * 2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      -(2 ** -24),
    ]);
  });

  it('refuses data that does not fit', () => {
    expect(() => tensor([[1, 2], [3]], { device })).toThrow('tensor: nested arrays must have equal lengths');
    expect(() => tensor([1.5], { dtype: 'i64', device })).toThrow(
      'tensor: i64 elements must be whole numbers from -2^63 to 2^63 - 1, got 1.5',
    );
    expect(() => tensor(new Float32Array(3), { shape: [2], device })).toThrow(/tensor: data must have 2 elements/);
    expect(() => zeros([-1], { device })).toThrow(/shape: sizes must not be negative, got -1/);
    expect(() => tensor(['a'] as never, { device })).toThrow(
      'tensor: elements must be numbers or booleans, got string',
    );
  });

  it.each([
    ['u8', [0, 255], [-1, 256, 300, NaN]],
    ['i32', [-(2 ** 31), 2 ** 31 - 1], [-(2 ** 31) - 1, 2 ** 31, 2 ** 40, 0.5]],
    ['i64', [-(2 ** 63), 2 ** 63 - 1024], [2 ** 63, -(2 ** 63) - 2048, Infinity]],
  ] as const)('takes the first and the last %s and nothing beyond', async (dtype, inside, outside) => {
    for (const value of inside) {
      expect(await tensor([value], { dtype, device }).item()).toBe(value);
      expect(await full([1], value, { dtype, device }).item()).toBe(value);
    }
    for (const value of outside) {
      expect(() => tensor([value], { dtype, device })).toThrow(
        expect.objectContaining({ name: 'DataError', message: expect.stringContaining(`got ${value}`) as string }),
      );
      expect(() => tensor(Float64Array.of(value), { dtype, device })).toThrow(/^tensor: .* whole numbers from/);
      expect(() => full([1], value, { dtype, device })).toThrow(/^full: .* whole numbers from/);
    }
  });

  it('reads views of any stride densely', async () => {
    const x = tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { device },
    );
    expect(await transpose(x, 0, 1).toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(await slice(transpose(x, 0, 1), 0, 1, 3).toArray()).toEqual([
      [2, 5],
      [3, 6],
    ]);
  });

  it('shares memory between a tensor and its views', async () => {
    const x = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { device },
    );
    const flat = reshape(x, [4]);
    x.write(Float32Array.of(5, 6, 7, 8));
    expect(await flat.toArray()).toEqual([5, 6, 7, 8]);
  });

  it('keeps the host copy of integers through reshape and write', () => {
    const ids = tensor([[1, 2]], { dtype: 'i64', device });
    expect(reshape(ids, [2]).host).toEqual(BigInt64Array.of(1n, 2n));
    ids.write(BigInt64Array.of(3n, 4n));
    expect(ids.host).toEqual(BigInt64Array.of(3n, 4n));
  });
});

describe('toDevice', () => {
  it('moves every dtype, views included, and leaves what is there', async () => {
    for (const dtype of ['f32', 'bf16', 'f16', 'f64', 'i64', 'i32', 'u8', 'bool'] as const) {
      const x = cast(
        tensor(
          [
            [1, 0],
            [1, 1],
          ],
          { device },
        ),
        dtype,
      );
      const moved = await toDevice(transpose(x, 0, 1), 'cpu:reference');
      expect([moved.device, moved.dtype, moved.shape]).toEqual(['cpu:reference', dtype, [2, 2]]);
      expect(await moved.toArray()).toEqual(await transpose(x, 0, 1).toArray());
    }
    const x = tensor([1], { device });
    const same = await toDevice(x, device);
    x.dispose();
    expect(await same.toArray()).toEqual([1]);
  });

  it('refuses a device that is not there', async () => {
    await expect(toDevice(zeros([1], { device }), 'nowhere')).rejects.toMatchObject({ name: 'DeviceError' });
  });
});

describe('the life of tensors', () => {
  let before = 0;
  const count = () => memory(device).liveTensors - before;
  const begin = () => (before = memory(device).liveTensors);
  afterEach(() => (before = 0));

  it('ends with dispose, which may be called again', async () => {
    begin();
    const x = tensor([1], { device });
    expect(count()).toBe(1);
    x.dispose();
    x.dispose();
    expect([count(), x.isDisposed]).toEqual([0, true]);
    expect(() => add(x, 1)).toThrow('tensor: already disposed');
    await expect(x.data()).rejects.toMatchObject({ name: 'DisposedError', code: 'DISPOSED' });
  });

  it('outlives its handle while queued ops and views need it', async () => {
    const x = tensor([1, 2], { device });
    const y = mul(x, 3);
    const view = slice(x, 0, 1, 2);
    x.dispose();
    expect([await y.toArray(), await view.toArray()]).toEqual([[3, 6], [2]]);
  });

  it('ends with the tidy it was made in, but for results and what is kept', async () => {
    begin();
    let kept;
    const result = tidy(() => {
      const x = tensor([1, 2], { device });
      kept = keep(add(x, 1));
      tidy(() => mul(x, x));
      return { deep: [mul(x, x)] };
    });
    expect(count()).toBe(2);
    expect(await result.deep[0]!.toArray()).toEqual([1, 4]);
    expect(await kept!.toArray()).toEqual([2, 3]);
  });

  it('ends when a tidy throws or returns a promise', () => {
    begin();
    expect(() =>
      tidy(() => {
        zeros([3], { device });
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(() => tidy(async () => zeros([3], { device }))).toThrow('tidy: the callback must not return a promise');
    expect(count()).toBe(0);
  });
});
