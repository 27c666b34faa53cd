import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readTorchTensors } from '../../../lib/io/torch/read_torch.js';
import type { Tensor } from '../../../lib/tensor/tensor.js';
import { CheckpointError } from '../../../lib/util/errors.js';
import { testFolder, writeBytes } from '../safetensors_bytes.js';
import { dict, pickled, tensorPickle } from './pickle_bytes.js';
import { torchZip, zipBytes, type ZipSpec } from './zip_bytes.js';

const folder = testFolder();
const PICKLE = pickled(dict(['x', tensorPickle({ shape: [4] })]));
const DATA = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
const SPECS = torchZip(PICKLE, { 0: DATA });

const read = (bytes: Uint8Array): Promise<Map<string, Tensor>> =>
  readTorchTensors(writeBytes(folder, bytes), { device: 'cpu' });

async function errorOf(bytes: Uint8Array): Promise<string> {
  const error = await read(bytes).then(
    () => new Error('was read'),
    (e: unknown) => e as Error,
  );
  expect(error).toBeInstanceOf(CheckpointError);
  return error.message;
}

/** The file with another entry of this name. */
const changed = (name: string, change: Partial<ZipSpec>): ZipSpec[] =>
  SPECS.map((spec) => (spec.name === name ? { ...spec, ...change } : spec));

describe('readTorchTensors', () => {
  it.each([
    [
      'an archive of any name',
      zipBytes(SPECS.map((spec) => ({ ...spec, name: spec.name.replace('archive', 'my model') }))),
    ],
    ['no byteorder', zipBytes(SPECS.filter(({ name }) => name !== 'archive/byteorder'))],
    [
      'zip64',
      zipBytes(
        SPECS.map((spec) => ({ ...spec, isZip64: true })),
        { isZip64: true },
      ),
    ],
    ['padding in local headers', zipBytes(SPECS.map((spec) => ({ ...spec, localExtra: 50 })))],
    [
      'files it does not know',
      zipBytes([...SPECS, { name: 'archive/data/99', data: DATA }, { name: 'x', data: DATA, method: 8 }]),
    ],
  ])('reads a zip file with %s', async (_, bytes) => {
    expect(await (await read(bytes)).get('x')!.data()).toEqual(Float32Array.of(1, 2, 3, 4));
  });
});

describe('readTorchTensors refuses a zip file that', () => {
  const bomb = deflateRawSync(Buffer.alloc(1 << 20));
  it.each([
    ['is no archive of torch', zipBytes([{ name: 'a.txt', data: DATA }]), /must hold one data\.pkl, got none/],
    ['holds two archives', zipBytes([...SPECS, { name: 'b/data.pkl', data: PICKLE }]), /one data\.pkl, got 2/],
    [
      'is a program',
      zipBytes([...SPECS, { name: 'archive/constants.pkl', data: PICKLE }]),
      /got a TorchScript program/,
    ],
    [
      'is big-endian',
      zipBytes(changed('archive/byteorder', { data: Buffer.from('big') })),
      /must be little, got "big"/,
    ],
    ['lacks a storage', zipBytes(torchZip(PICKLE)), /must hold "archive\/data\/0", got no such entry/],
    [
      'has a storage of another length',
      zipBytes(torchZip(PICKLE, { 0: DATA.subarray(1) })),
      /storage "0" must have 16 bytes, got 15/,
    ],
    [
      'has a compressed storage',
      zipBytes(changed('archive/data/0', { method: 8 })),
      /"archive\/data\/0" must be stored as it is, got compression method 8/,
    ],
    [
      'has a compressed pickle',
      zipBytes(changed('archive/data.pkl', { method: 8, data: bomb, size: 2 ** 31 })),
      /"archive\/data\.pkl" must be stored/,
    ],
    [
      'is encrypted',
      zipBytes(changed('archive/data/0', { flags: 1, size: 4 })),
      /"archive\/data\/0" must not be encrypted/,
    ],
    [
      'is strongly encrypted',
      zipBytes(changed('archive/data/0', { flags: 0x41 })),
      /strong encryption is not supported/,
    ],
    [
      'names a file twice',
      zipBytes([...SPECS, ...torchZip(PICKLE, { 0: DATA })]),
      /must differ, got "archive\/data\.pkl" twice/,
    ],
    [
      'names files outside of it',
      zipBytes([...SPECS, { name: '../x', data: DATA }]),
      /whole and of one piece, got invalid relative path/,
    ],
    ['has a long name', zipBytes([...SPECS, { name: 'n'.repeat(2000), data: DATA }]), /at most 1024 bytes/],
    ['has sizes that differ', zipBytes(changed('archive/data/0', { size: 17 })), /size mismatch for stored file/],
    [
      'has an entry past its end',
      zipBytes(changed('archive/data/0', { compressedSize: 1 << 20, size: 1 << 20 })),
      /file data overflows/,
    ],
    [
      'has an entry over the next',
      zipBytes(changed('archive/data.pkl', { compressedSize: PICKLE.length + 30, size: PICKLE.length + 30 })),
      /must not overlap, got "archive\/data\.pkl"/,
    ],
    ['has two entries in one place', zipBytes(changed('archive/data/0', { localOffset: 0 })), /must not overlap/],
    [
      'has an entry whose header reaches far',
      zipBytes(changed('archive/byteorder', { localExtra: 60_000 })),
      /file data overflows/,
    ],
    ['has no local header', zipBytes(changed('archive/data/0', { localSignature: 7 })), /invalid local file header/],
    [
      'has an entry at 2^60',
      zipBytes(changed('archive/data/0', { isZip64: true, localOffset: 2 ** 60 })),
      /whole and of one piece|must hold what it refers to/,
    ],
    ['counts more than it has', zipBytes(SPECS, { count: 9n }), /whole and of one piece|must hold what it refers to/],
    ['counts 2^60 files', zipBytes(SPECS, { count: 1n << 60n, isZip64: true }), /at most 262144 entries/],
    ['has its directory at 2^60', zipBytes(SPECS, { offset: 1n << 60n, isZip64: true }), /must hold what it refers to/],
    ['has its end at 2^63', zipBytes(SPECS, { recordAt: 1n << 63n, isZip64: true }), /must hold what it refers to/],
  ])('%s', async (_, bytes, message) => {
    expect(await errorOf(bytes)).toMatch(message);
  });

  it('ends anywhere', async () => {
    const whole = zipBytes(SPECS);
    for (let bytes = 0; bytes < whole.length; bytes++) await errorOf(whole.subarray(0, bytes));
  });
});
