import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../lib/io/safetensors.js';
import { CheckpointError } from '../../lib/util/errors.js';
import golden from '../golden/safetensors_goldens.json' with { type: 'json' };
import { safetensorsBytes, testFolder, writeBytes } from './safetensors_bytes.js';

const folder = testFolder();

/** The error of reading these bytes; it must name the file. */
async function errorOf(bytes: Uint8Array): Promise<string> {
  const path = writeBytes(folder, bytes);
  const error = await readSafetensors(path).then(
    () => new Error('was read'),
    (e: unknown) => e as Error,
  );
  expect(error.message).toContain(path);
  expect(error).toBeInstanceOf(CheckpointError);
  return error.message;
}

const f32 = (shape: unknown, begin: unknown, end: unknown): object => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});
const data = (bytes: number): Uint8Array => new Uint8Array(bytes);

const HEADERS: [string, unknown, number, RegExp][] = [
  ['is no JSON', 'x'.repeat(20), 0, /must begin with \{/],
  ['is empty', '  ', 0, /must begin with \{/],
  ['is an array', '[]', 0, /must begin with \{/],
  ['ends early', '{"a":{"dtype":"F32","sha', 0, /close its strings/],
  ['goes on after its object', '{}{}', 0, /end after one JSON object/],
  ['has a comma too many', '{"a":{},}', 0, /must be|got fewer/],
  ['is deep', '{"a":'.repeat(10_000), 0, /fields must be dtype, shape and data_offsets/],
  ['has deep arrays', `{"a":{"shape":${'['.repeat(100_000)}`, 0, /whole numbers/],
  [
    'names a tensor twice',
    '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
    2,
    /once in the header, got it again for tensor "a"/,
  ],
  [
    'names a field twice',
    '{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
    1,
    /once each, got "dtype"/,
  ],
  ['has an unknown field', { a: { ...f32([1], 0, 4), extra: 1 } }, 4, /got "extra" for tensor "a"/],
  ['lacks a field', { a: { dtype: 'F32', shape: [1] } }, 4, /got fewer for tensor "a"/],
  ['has metadata that is no text', { __metadata__: { a: 1 } }, 0, /JSON with " here/],
  ['has metadata that is no object', { __metadata__: 'x' }, 0, /JSON with \{ here/],
  ['has metadata twice', '{"__metadata__":{},"__metadata__":{}}', 0, /once in the header/],
  ['has a metadata key twice', '{"__metadata__":{"k":"a","k":"b"}}', 0, /once in __metadata__, got "k" again/],
  [
    'has an unknown dtype',
    { a: { dtype: 'F33', shape: [1], data_offsets: [0, 4] } },
    4,
    /known one, got "F33" for tensor "a"/,
  ],
  ['has a dtype that is no text', { a: { dtype: 1, shape: [1], data_offsets: [0, 4] } }, 4, /JSON with " here/],
  ['has a negative size', { a: f32([-1], 0, 4) }, 4, /whole numbers/],
  ['has a fractional size', '{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}', 4, /JSON with \] here/],
  ['has an exponent', '{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}', 4, /JSON with \] here/],
  ['has NaN', '{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}', 4, /whole numbers/],
  ['has a leading zero', '{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}', 4, /whole numbers/],
  ['has a null size', { a: f32([null], 0, 4) }, 4, /whole numbers/],
  ['has too many dimensions', { a: f32(Array<number>(9).fill(1), 0, 4) }, 4, /at most 8 dimensions/],
  ['has a size past 2^53', '{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}', 4, /whole numbers/],
  ['has sizes whose product overflows', { a: f32([2 ** 31, 2 ** 31, 2 ** 31], 0, 4) }, 4, /2\^53 elements/],
  ['has sizes whose product wraps to fit', { a: f32([2 ** 32, 2 ** 32, 0], 0, 0) }, 0, /2\^53 elements/],
  ['has a size that lies', { a: f32([2], 0, 4) }, 4, /must span what F32 \(2\) takes, got \[0, 4\] for tensor "a"/],
  ['has offsets past the data', { a: f32([2], 0, 8) }, 4, /in the data of 4 bytes, got \[0, 8\]/],
  ['has offsets in the wrong order', { a: f32([0], 4, 0) }, 4, /lie in order/],
  ['has huge offsets', { a: f32([1], 2 ** 53 - 4, 2 ** 53) }, 4, /lie in order in the data/],
  ['has three offsets', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}', 8, /JSON with \] here/],
  [
    'overlaps',
    { a: f32([2], 0, 8), b: f32([2], 4, 12) },
    12,
    /must not overlap: the next must begin at 8, got \[4, 12\] for tensor "b"/,
  ],
  ['shares bytes', { a: f32([1], 0, 4), b: f32([1], 0, 4) }, 4, /must not overlap/],
  ['leaves a hole', { a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12, /must not leave holes: the next must begin at 4/],
  ['leaves a hole at the start', { a: f32([1], 4, 8) }, 8, /must not leave holes/],
  ['leaves bytes at the end', { a: f32([1], 0, 4) }, 5, /describes 4 bytes of data, got 5/],
  ['has half a surrogate pair', '{"\\ud800":{}}', 0, /surrogate/],
  ['has an unknown escape', '{"\\x41":{}}', 0, /unknown escapes/],
  ['has a raw control character', '{"a\nb":{}}', 0, /control characters/],
];

describe('readSafetensors refuses a file whose header', () => {
  it.each(HEADERS)('%s', async (_, header, bytes, message) => {
    expect(await errorOf(safetensorsBytes(header, data(bytes)))).toMatch(message);
  });

  it('is no UTF-8', async () => {
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x98]]) {
      const header = Buffer.concat([Buffer.from('{"'), Buffer.from(bytes), Buffer.from('":{}}')]);
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      expect(await errorOf(Buffer.concat([length, header]))).toMatch(/valid UTF-8/);
    }
  });

  it('has a length past the file or the cap', async () => {
    for (const length of [0n, 1n, 100n, 100_000_001n, 1n << 63n, (1n << 64n) - 1n]) {
      const bytes = Buffer.from(safetensorsBytes('{}'));
      bytes.writeBigUInt64LE(length);
      expect(await errorOf(bytes)).toMatch(new RegExp(`must lie in \\[2, 100000000\\].*got ${length} in`));
    }
  });

  it('has a name too long to print, and it is cut', async () => {
    const name = 'é'.repeat(100_000);
    const message = await errorOf(safetensorsBytes({ [name]: f32([2], 0, 4) }, data(4)));
    expect(message.length).toBeLessThan(1000);
  });
});

describe('readSafetensors', () => {
  it('refuses a file cut short at any byte', async () => {
    const whole = Buffer.from(golden.dtypes, 'base64');
    for (let bytes = 0; bytes < whole.length; bytes++) await errorOf(whole.subarray(0, bytes));
  });

  it('reads or refuses, and goes on, when any one byte is changed', async () => {
    const whole = Buffer.from(golden.dtypes, 'base64');
    let refused = 0;
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] = bytes[at]! ^ (1 << (at % 8));
      const path = writeBytes(folder, bytes);
      await readSafetensors(path).then(
        (tensors) => tensors.forEach((x) => x.dispose()),
        (error: unknown) => {
          expect(error).toBeInstanceOf(CheckpointError);
          refused++;
        },
      );
    }
    expect(refused).toBeGreaterThan(300);
  });

  it('takes an empty file of the format and white space around its header', async () => {
    for (const header of ['{}', '{}      ', '{ "__metadata__" : { } }\n'])
      expect((await readSafetensors(writeBytes(folder, safetensorsBytes(header)))).size).toBe(0);
  });
});
