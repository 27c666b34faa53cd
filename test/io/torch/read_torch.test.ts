import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { modelDevices } from '../../cuda.js';
import { collectGarbage } from '../../collect_garbage.js';
import { loadCheckpoint, saveCheckpoint } from '../../../lib/io/checkpoint.js';
import { readSafetensors } from '../../../lib/io/safetensors.js';
import { readTorchObject, readTorchTensors, type TorchValue } from '../../../lib/io/torch/read_torch.js';
import { AutoModelForSequenceClassification, BertConfig } from '../../../lib/models/index.js';
import { addon } from '../../../lib/native/addon.js';
import { tensor } from '../../../lib/tensor/create.js';
import type { DType } from '../../../lib/tensor/dtype.js';
import { Tensor } from '../../../lib/tensor/tensor.js';
import { AbortError, CheckpointError, DTypeError } from '../../../lib/util/errors.js';
import golden from '../../golden/torch_goldens.json' with { type: 'json' };
import { sharedPath } from '../../shared.js';
import { testFolder, writeBytes } from '../safetensors_bytes.js';
import { dict, legacyBytes, legacyStateDict, tensorPickle } from './pickle_bytes.js';

const folder = testFolder();
const file = (base64: string): string => writeBytes(folder, Buffer.from(base64, 'base64'));
const DTYPES: Record<string, DType> = {
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

/** As the goldens hold plain values. */
function asJson(value: TorchValue): unknown {
  if (value instanceof Map) return { dict: Array.from(value, ([key, item]) => [key, asJson(item)]) };
  return Array.isArray(value) ? value.map(asJson) : value;
}

type Described = Record<string, { dtype: string; shape: number[]; values: (number | boolean)[] }>;
const CASES = Object.entries(golden.tensors).flatMap(([name, { holds, ...files }]) =>
  Object.entries(files).flatMap(([format, bytes]) =>
    modelDevices.map((device) => ({ name, format, bytes, device, holds: holds as Described })),
  ),
);

describe('readTorchTensors', () => {
  it.each(CASES)(
    'reads $name of the $format format on $device as Python wrote it',
    async ({ bytes, holds, device }) => {
      const read = await readTorchTensors(file(bytes), { device });
      expect([...read.keys()]).toEqual(Object.keys(holds));
      for (const [name, { dtype, shape, values }] of Object.entries(holds)) {
        const x = read.get(name)!;
        // What the device has no such elements of is refused where it is used, not here.
        expect([x.dtype, x.shape, x.device], name).toEqual([DTYPES[dtype], shape, expect.stringContaining(device)]);
        expect(await flat(x), name).toEqual(values);
      }
      for (const x of read.values()) x.dispose();
    },
  );

  it('gives tensors that share a storage memory of their own', async () => {
    const read = await readTorchTensors(file(golden.tensors.state_dict.zip), { device: 'cpu' });
    const storages = Array.from(read.values(), ({ handle }) => addon().storageOf(handle));
    expect(new Set(storages).size).toBe(storages.length);
    expect(await read.get('tied')!.toArray()).toEqual(await read.get('weight')!.toArray());
  });

  it('casts floating tensors alone, and reads only the names asked for', async () => {
    const path = file(golden.tensors.dtypes.legacy);
    const read = await readTorchTensors(path, { device: 'cpu', dtype: 'f32', only: ['bf16', 'i64', 'f64'] });
    expect([...read].map(([name, { dtype }]) => [name, dtype])).toEqual([
      ['bf16', 'f32'],
      ['i64', 'i64'],
      ['f64', 'f32'],
    ]);
    expect(await flat(read.get('bf16')!)).toEqual(golden.tensors.dtypes.holds.bf16.values);
    await expect(readTorchTensors(path, { dtype: 'i32' })).rejects.toThrow(DTypeError);
    await expect(readTorchTensors(path, { only: ['none'] })).rejects.toThrow(/got none of name "none" in /);
  });

  it.each(['int16', 'int8', 'uint16', 'float8'] as const)('names %s, of which it has no tensors', async (dtype) => {
    const path = file(golden.unread[dtype]);
    await expect(readTorchTensors(path)).rejects.toThrow(/to be read, got (I16|I8|U16|F8_E4M3) for tensor "x" in /);
    expect((await readTorchTensors(path, { only: [] })).size).toBe(0);
  });

  it.each([
    ['complex', /torch\.ComplexFloatStorage is not allowed/],
    ['sparse', /torch\._utils\._rebuild_sparse_tensor is not allowed/],
    ['module', /torch\.nn\.modules\.linear\.Linear is not allowed: only tensors and plain values are read in /],
    ['negated', /one that is negated|ComplexFloatStorage is not allowed/],
  ] as const)('refuses %s by its name', async (name, message) => {
    const error = await readTorchTensors(file(golden.unread[name])).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toMatch(message);
  });

  it('refuses a file that holds no dict of tensors', async () => {
    await expect(readTorchTensors(file(golden.plain.legacy))).rejects.toThrow(/got another value at "none" in /);
    await expect(readTorchTensors(file(golden.root))).rejects.toThrow(/a dict of tensors by name, got another value/);
  });

  it('stops when the signal fires, and keeps no memory of a read that fails', async () => {
    const path = file(golden.tensors.dtypes.zip);
    await expect(readTorchTensors(path, { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    collectGarbage();
    await setTimeout(10);
    const before = addon().memory('cpu').liveBlocks;
    const cut = Buffer.from(golden.tensors.dtypes.legacy, 'base64').subarray(0, -3);
    await expect(readTorchTensors(writeBytes(folder, cut), { device: 'cpu' })).rejects.toThrow(CheckpointError);
    expect(addon().memory('cpu').liveBlocks).toBe(before);
    const big = new Map([['x', { shape: [8 << 20], data: new Float32Array(8 << 20) }]]);
    const controller = new AbortController();
    const reading = readTorchTensors(writeBytes(folder, legacyStateDict(big)), { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(reading).rejects.toThrow(AbortError);
    expect(addon().memory('cpu').liveBlocks).toBe(before);
  });

  it('reads a pickle longer than a window of it, and a transposed tensor longer than one', async () => {
    const count = 8000;
    const many = dict(
      ...Array.from({ length: count }, (_, i): [string, string] => [
        `t${i}`,
        tensorPickle({ offset: i % 4, shape: [] }),
      ]),
    );
    const data = new Uint8Array(Float32Array.of(0, 1, 2, 3).buffer);
    const bytes = legacyBytes(many, [{ key: '0', count: 4, data }]);
    expect(bytes.length).toBeGreaterThan(1 << 20);
    const read = await readTorchTensors(writeBytes(folder, bytes), { device: 'cpu', only: ['t7998'] });
    expect(await read.get('t7998')!.data()).toEqual(Float32Array.of(2));

    const [rows, columns] = [2, 5 << 19];
    const values = new Float32Array(rows * columns);
    for (let i = 0; i < values.length; i++) values[i] = i;
    const wide = dict(['x', tensorPickle({ count: values.length, shape: [rows, columns], strides: [1, rows] })]);
    const path = writeBytes(
      folder,
      legacyBytes(wide, [{ key: '0', count: values.length, data: new Uint8Array(values.buffer) }]),
    );
    const x = (await readTorchTensors(path, { device: 'cpu' })).get('x')!;
    const turned = await x.data();
    let wrong = 0;
    for (let row = 0, i = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) if (turned[i++] !== column * rows + row) wrong++;
    expect([turned.length, wrong]).toEqual([rows * columns, 0]);
  });
});

describe('readTorchObject', () => {
  it.each([...Object.entries(golden.plain.files), ['legacy', golden.plain.legacy]])(
    'reads plain values of %s',
    async (_, bytes) => {
      expect(asJson(await readTorchObject(file(bytes)))).toEqual(golden.plain.holds);
    },
  );

  it("reads numpy's scalars, and a tensor alone", async () => {
    expect(await readTorchObject(file(golden.numpy.zip))).toEqual(golden.numpy.holds);
    expect(await flat((await readTorchObject(file(golden.root))) as Tensor)).toEqual([1, 2]);
  });

  it('puts one tensor wherever Python had it', async () => {
    const read = (await readTorchObject(file(golden.tensors.views.zip))) as Map<string, Tensor>;
    expect(read.get('same')).toBe(read.get('whole'));
    expect(read.get('slice')).not.toBe(read.get('whole'));
  });
});

describe('loadCheckpoint', () => {
  it('reads pytorch_model.bin where there are no safetensors', async () => {
    const place = join(folder, 'bin');
    mkdirSync(place);
    await writeFile(join(place, 'pytorch_model.bin'), Buffer.from(golden.tensors.state_dict.zip, 'base64'));
    const read = await loadCheckpoint(place, { dtype: 'bf16' });
    expect([...read].map(([name, { dtype }]) => [name, dtype])).toEqual(
      Object.keys(golden.tensors.state_dict.holds).map((name) => [name, 'bf16']),
    );
    await saveCheckpoint(place, new Map([['newer', tensor([1])]]));
    expect([...(await loadCheckpoint(place)).keys()]).toEqual(['newer']);
  });

  it('reads the shards that pytorch_model.bin.index.json lists', async () => {
    const place = join(folder, 'shards');
    mkdirSync(place);
    const shard = (i: number): string => `pytorch_model-0000${i}-of-00002.bin`;
    await writeFile(join(place, shard(1)), Buffer.from(golden.tensors.state_dict.zip, 'base64'));
    await writeFile(join(place, shard(2)), Buffer.from(golden.tensors.views.legacy, 'base64'));
    const index = (map: Record<string, string>): Promise<void> =>
      writeFile(join(place, 'pytorch_model.bin.index.json'), JSON.stringify({ metadata: {}, weight_map: map }));
    await index({ weight: shard(1), column: shard(2), transposed: shard(2) });
    const read = await loadCheckpoint(place);
    expect([...read.keys()].sort()).toEqual(['column', 'transposed', 'weight']);
    expect((await loadCheckpoint(place, { only: ['column'] })).size).toBe(1);
    await index({ weight: shard(2) });
    await expect(loadCheckpoint(place)).rejects.toThrow(/got none of name "weight" in .*00002\.bin/);
  });

  it('lets fromPretrained open a folder of Python that has no safetensors', async () => {
    const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
    const model = AutoModelForSequenceClassification.fromConfig(config, { device: 'cpu', seed: 3 });
    const place = join(folder, 'model');
    await model.savePretrained(place);
    const weights = await readSafetensors(join(place, 'model.safetensors'), { device: 'cpu' });
    const arrays = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    for (const [name, x] of weights) arrays.set(name, { shape: x.shape, data: (await x.data()) as Float32Array });
    const bin = join(folder, 'model_bin');
    mkdirSync(bin);
    await writeFile(join(bin, 'config.json'), await readFile(join(place, 'config.json')));
    await writeFile(join(bin, 'pytorch_model.bin'), legacyStateDict(arrays));
    const opened = await AutoModelForSequenceClassification.fromPretrained(bin, { device: 'cpu' });
    expect(opened.loadReport).toEqual({ newWeights: [], unexpected: [] });
    const inputs = { inputIds: [[2, 5, 7, 3]] };
    expect(await opened.forward(inputs).logits!.toArray()).toEqual(await model.forward(inputs).logits!.toArray());
  });

  const gpt2 = sharedPath('models/gpt2-tarot-mini');
  it.skipIf(gpt2 === undefined)('reads a real pytorch_model.bin equal to its safetensors', async () => {
    const pickled = await readTorchTensors(join(gpt2!, 'pytorch_model.bin'), { device: 'cpu' });
    const safe = await readSafetensors(join(gpt2!, 'model.safetensors'), { device: 'cpu' });
    expect(safe.size).toBeGreaterThan(40);
    for (const [name, x] of safe) {
      const other = pickled.get(name)!;
      expect([other.dtype, other.shape], name).toEqual([x.dtype, x.shape]);
      expect(Buffer.compare(Buffer.from((await other.data()).buffer), Buffer.from((await x.data()).buffer)), name).toBe(
        0,
      );
    }
    const more = [...pickled.keys()].filter((name) => !safe.has(name));
    expect(more.every((name) => /attn\.(masked_)?bias$|^lm_head\.weight$/.test(name))).toBe(true);
    expect(pickled.get('transformer.h.0.attn.bias')!.dtype).toBe('u8');
  });
});
