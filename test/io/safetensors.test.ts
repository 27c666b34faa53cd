import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSafetensors, readSafetensorsHeader, writeSafetensors } from '../../lib/io/safetensors.js';
import { addon } from '../../lib/native/addon.js';
import { full, tensor, zeros } from '../../lib/tensor/create.js';
import { DTYPES, type DType } from '../../lib/tensor/dtype.js';
import { callOne, type Tensor } from '../../lib/tensor/tensor.js';
import { AbortError, CheckpointError, DisposedError, DTypeError } from '../../lib/util/errors.js';
import { sharedPath } from '../shared.js';
import golden from '../golden/safetensors_goldens.json' with { type: 'json' };
import { safetensorsBytes, testFolder, writeBytes } from './safetensors_bytes.js';

const folder = testFolder();
const dtypesFile = writeBytes(folder, Buffer.from(golden.dtypes, 'base64'));
const PYTHON_DTYPES: Record<string, DType> = {
  float32: 'f32',
  float64: 'f64',
  float16: 'f16',
  bfloat16: 'bf16',
  int64: 'i64',
  int32: 'i32',
  uint8: 'u8',
  bool: 'bool',
};

async function flat(x: Tensor): Promise<(number | boolean)[]> {
  return Array.from<number | bigint, number | boolean>(await x.data(), (v) =>
    x.dtype === 'bool' ? v === 1 : Number(v),
  );
}

describe('readSafetensors', () => {
  it('reads every dtype as Python wrote it, with its names and metadata', async () => {
    const read = await readSafetensors(dtypesFile, { device: 'cpu' });
    const expected = Object.entries(golden.tensors);
    expect([...read.keys()].sort()).toEqual(expected.map(([name]) => name).sort());
    for (const [name, { dtype, shape, values }] of expected) {
      const x = read.get(name)!;
      expect([x.dtype, x.shape], name).toEqual([PYTHON_DTYPES[dtype], shape]);
      expect(await flat(x), name).toEqual(values);
    }
    const { tensors, metadata } = await readSafetensorsHeader(dtypesFile);
    expect(metadata).toEqual({ format: 'pt', note: 'tab\there' });
    expect(tensors.get('bf16')).toEqual({ dtype: 'BF16', shape: [3, 2, 1], byteLength: 12 });
  });

  it('casts floating tensors alone to the dtype asked for', async () => {
    const read = await readSafetensors(dtypesFile, { device: 'cpu', dtype: 'f32' });
    const { bf16, f16, f64 } = golden.tensors;
    for (const [name, { values }] of Object.entries({ bf16, f16, f64 })) {
      expect(read.get(name)!.dtype).toBe('f32');
      expect(await flat(read.get(name)!)).toEqual(values);
    }
    expect(read.get('i64')!.dtype).toBe('i64');
    expect(read.get('bool')!.dtype).toBe('bool');
    await expect(readSafetensors(dtypesFile, { dtype: 'i32' })).rejects.toThrow(DTypeError);
  });

  it('reads only the names asked for, and says which it lacks', async () => {
    const read = await readSafetensors(dtypesFile, { only: ['u8', 'scalar'] });
    expect([...read.keys()].sort()).toEqual(['scalar', 'u8']);
    expect((await readSafetensors(dtypesFile, { only: [] })).size).toBe(0);
    await expect(readSafetensors(dtypesFile, { only: ['u8', 'bias'] })).rejects.toThrow(
      `readSafetensors: the file must hold every tensor asked for, got none of name "bias" in ${dtypesFile}`,
    );
  });

  it('refuses a dtype it has no tensors for, unless it is not asked for', async () => {
    const path = writeBytes(folder, Buffer.from(golden.int16, 'base64'));
    expect((await readSafetensorsHeader(path)).tensors.get('small')!.dtype).toBe('I16');
    expect((await readSafetensors(path, { only: [] })).size).toBe(0);
    await expect(readSafetensors(path)).rejects.toThrow(/got I16 for tensor "small" in /);
  });

  it('takes any byte but 0 for true', async () => {
    const header = { flags: { dtype: 'BOOL', shape: [4], data_offsets: [0, 4] } };
    const path = writeBytes(folder, safetensorsBytes(header, Uint8Array.of(0, 1, 2, 255)));
    expect(await (await readSafetensors(path)).get('flags')!.toArray()).toEqual([false, true, true, true]);
  });

  it('names a file that is absent, a folder or no file', async () => {
    for (const [path, reason] of [
      [join(folder, 'absent'), /readable, got ENOENT .* for .*absent/],
      [folder, /readable, got EISDIR/],
      ['/dev/null', /must be a regular one, got \/dev\/null/],
    ] as const) {
      const error = await readSafetensors(path).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(CheckpointError);
      expect((error as Error).message).toMatch(reason);
    }
  });

  it('keeps no memory of a read that fails', async () => {
    const before = addon().memory('cpu').liveBlocks;
    await expect(readSafetensors(dtypesFile, { device: 'cpu', only: ['f32', 'none'] })).rejects.toThrow();
    const bad = writeBytes(folder, Buffer.from(golden.dtypes, 'base64').subarray(0, -1));
    await expect(readSafetensors(bad, { device: 'cpu' })).rejects.toThrow();
    expect(addon().memory('cpu').liveBlocks).toBe(before);
  });

  it('stops when the signal fires', async () => {
    await expect(readSafetensors(dtypesFile, { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    const controller = new AbortController();
    const big = join(folder, 'big.safetensors');
    await writeSafetensors(big, new Map([['x', zeros([20 << 20])]]));
    const before = addon().memory('cpu').liveBlocks;
    const reading = readSafetensors(big, { signal: controller.signal });
    controller.abort(new Error('enough'));
    const error = await reading.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AbortError);
    expect((error as Error).message).toBe('readSafetensors: aborted by the caller, got enough');
    expect(addon().memory('cpu').liveBlocks).toBe(before);
  });

  const models = sharedPath('models');
  it.skipIf(models === undefined)('reads the real checkpoints', async () => {
    let count = 0;
    for (const model of await readdir(models!)) {
      const path = join(models!, model, 'model.safetensors');
      if (!existsSync(path)) continue;
      const read = await readSafetensors(path, { device: 'cpu', dtype: 'f32' });
      expect(read.size).toBe((await readSafetensorsHeader(path)).tensors.size);
      for (const x of read.values()) x.dispose();
      count++;
    }
    expect(count).toBeGreaterThan(0);
  });
});

describe('writeSafetensors', () => {
  const samples = (): Map<string, Tensor> => {
    const out = new Map<string, Tensor>();
    for (const dtype of DTYPES) {
      out.set(dtype, tensor([[1, 0, 1]], { dtype, device: 'cpu' }));
      out.set(`${dtype}.empty`, zeros([2, 0], { dtype, device: 'cpu' }));
      out.set(`${dtype}.scalar`, full([], 1, { dtype, device: 'cpu' }));
    }
    return out.set('a "strange"\n\u0001 ☃ name', tensor([5], { device: 'cpu' }));
  };

  it('round-trips every dtype, empty tensors, scalars and strange names', async () => {
    const path = join(folder, 'round.safetensors');
    const written = samples();
    await writeSafetensors(path, written, { metadata: { step: '10', '': 'é' } });
    const read = await readSafetensors(path, { device: 'cpu' });
    expect(read.size).toBe(written.size);
    for (const [name, x] of written) {
      expect([read.get(name)!.dtype, read.get(name)!.shape], name).toEqual([x.dtype, x.shape]);
      expect(await flat(read.get(name)!), name).toEqual(await flat(x));
    }
    expect((await readSafetensorsHeader(path)).metadata).toEqual({ format: 'pt', step: '10', '': 'é' });
  });

  it('aligns the header and every tensor to its elements, larger elements first', async () => {
    const path = join(folder, 'aligned.safetensors');
    await writeSafetensors(path, samples());
    const bytes = await readFile(path);
    const length = Number(bytes.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<string, { data_offsets: number[] }>;
    expect(header['f64']!.data_offsets[0]! % 8).toBe(0);
    expect(header['f32']!.data_offsets[0]! % 4).toBe(0);
    expect(Object.keys(header)[0]).toBe('__metadata__');
  });

  it('writes the bytes that Python writes from the same tensors', async () => {
    const path = join(folder, 'as_python.safetensors');
    await writeSafetensors(path, await readSafetensors(dtypesFile), { metadata: { note: 'tab\there' } });
    const parts = (bytes: Buffer): [unknown, Buffer] => {
      const end = 8 + Number(bytes.readBigUInt64LE(0));
      return [JSON.parse(bytes.subarray(8, end).toString()), bytes.subarray(end)];
    };
    expect(parts(await readFile(path))).toEqual(parts(Buffer.from(golden.dtypes, 'base64')));
  });

  it('writes views of any strides, and tensors disposed right after the call', async () => {
    const path = join(folder, 'views.safetensors');
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const turned = callOne((ops) => ops.permute(x.handle, [1, 0]));
    const tail = callOne((ops) => ops.slice(x.handle, 0, 1, 2));
    const writing = writeSafetensors(
      path,
      new Map([
        ['turned', turned],
        ['tail', tail],
      ]),
    );
    for (const t of [x, turned, tail]) t.dispose();
    await writing;
    const read = await readSafetensors(path);
    expect(await read.get('turned')!.toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(await read.get('tail')!.toArray()).toEqual([[4, 5, 6]]);
  });

  it('streams tensors larger than its chunks', async () => {
    const path = join(folder, 'large.safetensors');
    const values = new Float32Array((9 << 20) + 7);
    for (let i = 0; i < values.length; i++) values[i] = i;
    await writeSafetensors(
      path,
      new Map([
        ['x', tensor(values)],
        ['y', tensor(values.subarray(5, 9))],
      ]),
    );
    const read = await readSafetensors(path);
    expect(Buffer.compare(Buffer.from((await read.get('x')!.data()).buffer), Buffer.from(values.buffer))).toBe(0);
    expect(await read.get('y')!.toArray()).toEqual([5, 6, 7, 8]);
  });

  it('keeps the old file and leaves no other when it is aborted or a tensor failed', async () => {
    const sub = testFolder();
    const path = join(sub, 'x.safetensors');
    await writeSafetensors(path, new Map([['x', tensor([1])]]));
    const controller = new AbortController();
    const writing = writeSafetensors(path, new Map([['x', zeros([20 << 20])]]), { signal: controller.signal });
    controller.abort();
    await expect(writing).rejects.toThrow(AbortError);
    const failed = callOne((ops) =>
      ops.binary('div', tensor([1], { dtype: 'i32' }).handle, tensor([0], { dtype: 'i32' }).handle),
    );
    await expect(writeSafetensors(path, new Map([['x', failed]]))).rejects.toThrow(/binary/);
    expect(await readdir(sub)).toEqual(['x.safetensors']);
    expect(await (await readSafetensors(path)).get('x')!.toArray()).toEqual([1]);
  });

  it('names the path and the reason when it cannot be written', async () => {
    const x = new Map([['x', tensor([1])]]);
    for (const [path, reason] of [
      [join(dtypesFile, 'below_a_file'), 'ENOTDIR'],
      [join(folder, 'no', 'folder'), 'ENOENT'],
      [folder, 'EISDIR'],
      ['/proc/x.safetensors', 'ENOENT'],
    ] as const) {
      const error = (await writeSafetensors(path, x).catch((e: unknown) => e)) as CheckpointError;
      expect(error).toBeInstanceOf(CheckpointError);
      expect(error.fields).toMatchObject({ path, reason });
      expect(error.message).toMatch(/^writeSafetensors: the file must be writable, got /);
    }
  });

  it('refuses names the format cannot hold, and disposed tensors', async () => {
    const x = tensor([1]);
    const path = join(folder, 'names.safetensors');
    await expect(writeSafetensors(path, new Map([['__metadata__', x]]))).rejects.toThrow(CheckpointError);
    await expect(writeSafetensors(path, new Map([['half \ud800', x]]))).rejects.toThrow(CheckpointError);
    x.dispose();
    await expect(writeSafetensors(path, new Map([['x', x]]))).rejects.toThrow(DisposedError);
    expect(existsSync(path)).toBe(false);
  });

  it('refuses paths that are none', async () => {
    for (const path of [null, undefined, 5, ''] as unknown as string[])
      for (const call of [readSafetensors(path), readSafetensorsHeader(path), writeSafetensors(path, new Map())])
        await expect(call).rejects.toThrow(CheckpointError);
  });

  it('leaves one whole file when many saves to it run at once', async () => {
    const sub = testFolder();
    const path = join(sub, 'x.safetensors');
    const save = (i: number): Promise<void> => writeSafetensors(path, new Map([['x', full([50_000], i)]]));
    await Promise.all(Array.from({ length: 8 }, (_, i) => save(i)));
    const values = await (await readSafetensors(path)).get('x')!.data();
    expect(values.every((v) => v === values[0])).toBe(true);
    expect(await readdir(sub)).toEqual(['x.safetensors']);
  });
});
