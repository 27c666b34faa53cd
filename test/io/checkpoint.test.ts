import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from '../../lib/io/checkpoint.js';
import { writeSafetensors } from '../../lib/io/safetensors.js';
import { addon } from '../../lib/native/addon.js';
import { full, tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { AbortError, CheckpointError, ConfigError } from '../../lib/util/errors.js';
import { testFolder } from './safetensors_bytes.js';

const INDEX = 'model.safetensors.index.json';
const root = testFolder();
let folders = 0;
const newFolder = (): string => join(root, `f${folders++}`);

const weights = (count = 5): Map<string, Tensor> =>
  new Map(Array.from({ length: count }, (_, i) => [`layer.${i}`, full([10], i)]));

async function expectWeights(read: Map<string, Tensor>, count = 5): Promise<void> {
  expect(read.size).toBe(count);
  for (let i = 0; i < count; i++) expect((await read.get(`layer.${i}`)!.data())[9]).toBe(i);
}

describe('saveCheckpoint and loadCheckpoint', () => {
  it('write and read one file', async () => {
    const folder = newFolder();
    await saveCheckpoint(folder, weights());
    expect(await readdir(folder)).toEqual(['model.safetensors']);
    await expectWeights(await loadCheckpoint(folder));
  });

  it('write and read shards with an index as Hugging Face has it', async () => {
    const folder = newFolder();
    await saveCheckpoint(folder, weights(), { maxShardSize: 80 });
    const shards = [1, 2, 3].map((i) => `model-0000${i}-of-00003.safetensors`);
    expect((await readdir(folder)).sort()).toEqual([...shards, INDEX].sort());
    const index: unknown = JSON.parse(await readFile(join(folder, INDEX), 'utf8'));
    const [a, b, c] = shards;
    expect(index).toEqual({
      metadata: { total_size: 200 },
      weight_map: { 'layer.0': a, 'layer.1': a, 'layer.2': b, 'layer.3': b, 'layer.4': c },
    });
    await expectWeights(await loadCheckpoint(folder));
    const some = await loadCheckpoint(folder, { only: ['layer.3'], dtype: 'bf16' });
    expect([...some].map(([name, x]) => [name, x.dtype])).toEqual([['layer.3', 'bf16']]);
  });

  it('replace an earlier checkpoint of another form', async () => {
    const folder = newFolder();
    await saveCheckpoint(folder, weights(), { maxShardSize: '0.1KB' });
    await writeFile(join(folder, 'config.json'), '{}');
    await saveCheckpoint(folder, weights(3));
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors']);
    await saveCheckpoint(folder, weights(4), { maxShardSize: 120 });
    expect((await readdir(folder)).sort()).toEqual(
      ['config.json', 'model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors', INDEX].sort(),
    );
    await expectWeights(await loadCheckpoint(folder), 4);
  });

  it('leave the earlier shards and nothing else when a save is aborted', async () => {
    const folder = newFolder();
    await saveCheckpoint(folder, weights(), { maxShardSize: 80 });
    const before = (await readdir(folder)).sort();
    const saving = saveCheckpoint(folder, weights(9), { maxShardSize: 80, signal: AbortSignal.timeout(1) });
    await saving.catch((error: unknown) => expect(error).toBeInstanceOf(AbortError));
    const aborted = saveCheckpoint(folder, weights(9), { maxShardSize: 80, signal: AbortSignal.abort() });
    await expect(aborted).rejects.toThrow(AbortError);
    const after = (await readdir(folder)).sort();
    if (after.length === before.length) await expectWeights(await loadCheckpoint(folder));
    expect(after.filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('give every tensor a shard when it alone exceeds the size', async () => {
    const folder = newFolder();
    await saveCheckpoint(folder, weights(3), { maxShardSize: 1 });
    expect(await readdir(folder)).toHaveLength(4);
    await expectWeights(await loadCheckpoint(folder), 3);
    for (const size of ['5 bananas', 0, NaN, '-1GB'])
      await expect(saveCheckpoint(folder, weights(1), { maxShardSize: size })).rejects.toThrow(ConfigError);
  });

  it('name a folder that cannot be written', async () => {
    const file = join(root, 'a_file');
    await writeFile(file, '');
    const error = await saveCheckpoint(join(file, 'sub'), weights(1)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toContain(join(file, 'sub'));
  });
});

describe('loadCheckpoint', () => {
  it('says what a folder lacks', async () => {
    const folder = newFolder();
    await expect(loadCheckpoint(folder)).rejects.toThrow(`must be readable, got ENOENT for ${folder}`);
    await mkdir(folder);
    await expect(loadCheckpoint(folder)).rejects.toThrow(
      `must hold one of model.safetensors, ${INDEX}, pytorch_model.bin, pytorch_model.bin.index.json, got none in ${folder}`,
    );
    await writeFile(join(folder, 'pytorch_model.bin'), '');
    await expect(loadCheckpoint(folder)).rejects.toThrow(/^pytorch_model\.bin: the file must be one of torch\.save/);
  });

  it.each([undefined, 8])(
    'keep tensors named as properties of objects are, in shards of %s bytes',
    async (maxShardSize) => {
      const folder = newFolder();
      const names = ['__proto__', 'constructor', 'toString'];
      await saveCheckpoint(folder, new Map(names.map((name, i) => [name, full([2], i)])), { maxShardSize });
      const read = await loadCheckpoint(folder);
      expect([...read.keys()].sort()).toEqual(names);
      expect(await read.get('constructor')!.toArray()).toEqual([1, 1]);
      expect((await loadCheckpoint(folder, { only: ['__proto__'] })).size).toBe(1);
    },
  );

  it.skipIf(!existsSync('/proc/self'))('names a folder where only folders of the system can be', async () => {
    for (const maxShardSize of [undefined, 8])
      await expect(saveCheckpoint('/proc', weights(), { maxShardSize })).rejects.toThrow(CheckpointError);
  });

  it('refuses a path that is none', async () => {
    for (const folder of [null, undefined, 5] as unknown as string[]) {
      await expect(saveCheckpoint(folder, weights())).rejects.toThrow(CheckpointError);
      await expect(loadCheckpoint(folder)).rejects.toThrow(/^loadCheckpoint: the folder must be a path, got /);
    }
  });

  it('never leaves the folder for a file of the index, but follows its links', async () => {
    const folder = newFolder();
    await saveCheckpoint(folder, weights(2), { maxShardSize: 40 });
    const index = await readFile(join(folder, INDEX), 'utf8');
    const shard = 'model-00001-of-00002.safetensors';
    for (const file of ['../x.safetensors', '/etc/passwd', 'sub/x', '..', '.', '', 'a\\b', 'x\u0000y']) {
      await writeFile(join(folder, INDEX), index.replace(JSON.stringify(shard), JSON.stringify(file)));
      await expect(loadCheckpoint(folder)).rejects.toThrow(/name files of its own folder, got/);
    }
    await writeFile(join(folder, INDEX), index);
    await rename(join(folder, shard), join(root, 'blob'));
    await symlink(join(root, 'blob'), join(folder, shard));
    await expectWeights(await loadCheckpoint(folder), 2);
  });

  it('refuses an index that is malformed or promises what its files lack, and keeps nothing', async () => {
    const folder = newFolder();
    await mkdir(folder);
    await writeSafetensors(join(folder, 'a.safetensors'), new Map([['x', tensor([1])]]));
    const before = addon().memory('cpu').liveBlocks;
    for (const [index, message] of [
      ['{', /must be JSON/],
      ['[]', /weight_map of files by tensor/],
      ['{"weight_map":3}', /weight_map of files by tensor/],
      ['{"weight_map":{"x":3}}', /must name files of its own folder, got 3 in/],
      [`{"weight_map":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, /got values nested more than 500 deep/],
      ['{"weight_map":{"x":"a.safetensors","y":"a.safetensors"}}', /got none of name "y"/],
      ['{"weight_map":{"x":"a.safetensors","y":"b.safetensors"}}', /ENOENT .*b\.safetensors/],
    ] as const) {
      await writeFile(join(folder, INDEX), index);
      await expect(loadCheckpoint(folder)).rejects.toThrow(message);
    }
    expect(addon().memory('cpu').liveBlocks).toBe(before);
    await expect(loadCheckpoint(folder, { only: ['z'] })).rejects.toThrow(/got none of name "z"/);
  });
});
