import { open, stat, truncate } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readTorchObject, readTorchTensors } from '../../../lib/io/torch/read_torch.js';
import { CheckpointError } from '../../../lib/util/errors.js';
import { testFolder, writeBytes } from '../safetensors_bytes.js';
import {
  call,
  dict,
  get,
  global,
  int,
  legacyBytes,
  list,
  long,
  NONE,
  pickled,
  put,
  storage,
  tensorPickle,
  text,
  tuple,
} from './pickle_bytes.js';

const folder = testFolder();
const DATA = { key: '0', count: 4, data: new Uint8Array(16) };

/** The error of reading these bytes; it must name the file. */
async function errorOf(bytes: Uint8Array): Promise<string> {
  const path = writeBytes(folder, bytes);
  const error = await readTorchObject(path, { device: 'cpu' }).then(
    () => new Error('was read'),
    (e: unknown) => e as Error,
  );
  expect(error.message).toContain(path);
  expect(error).toBeInstanceOf(CheckpointError);
  return error.message;
}

const le = (bytes: number, value: number): string => {
  const out = Buffer.alloc(8);
  out.writeUInt32LE(value);
  return out.toString('latin1', 0, bytes);
};
const rebuild = (name: string, ...args: string[]): string => call(global('torch._utils', name), ...args);

describe('readTorchObject refuses a pickle that', () => {
  it.each([
    ['runs a command', call(global('os', 'system'), text('touch /tmp/x')), 'os.system'],
    ['runs one of posix', call(global('posix', 'system'), text('true')), 'posix.system'],
    ['evaluates', call(global('builtins', 'eval'), text('1')), 'builtins.eval'],
    ['evaluates, in protocol 4', `${text('builtins')}${text('exec')}\x93${tuple(text('1'))}R`, 'builtins.exec'],
    ['gets attributes', call(global('builtins', 'getattr'), text('a'), text('b')), 'builtins.getattr'],
    ['is a way round names', global('collections', 'OrderedDict.__class__'), 'collections.OrderedDict.__class__'],
    ['names what objects have', global('', 'constructor'), '.constructor'],
    ['names a prototype', global('__proto__', 'toString'), '__proto__.toString'],
    ['loads a file again', call(global('torch', 'load'), text('x')), 'torch.load'],
  ])('%s', async (_, value, name) => {
    expect(await errorOf(legacyBytes(value))).toContain(`: ${name} is not allowed: only tensors and plain values are`);
  });

  it.each([
    ['makes an object of a class', `${global('collections', 'OrderedDict')})\x81`, /got NEWOBJ \(0x81\) at byte/],
    ['makes one of protocol 0', '(icollections\nOrderedDict\n', /got INST \(0x69\)/],
    ['has an unknown opcode', '\xff', /opcodes must be .* got 0xff/],
    ['takes from an empty stack', 'R', /find what they take on the stack/],
    ['takes from below a mark', `${int(1)}(a`, /find what they take on the stack/],
    ['has no open mark', 't', /a mark must be open/],
    ['reads from an empty memo', get(3), /got nothing at 3/],
    ['keeps what is not there', put(0), /find what they take on the stack/],
    ['calls a value', `${text('x')})R`, /may be called, got a value/],
    ['calls a type', call(global('torch', 'FloatStorage')), /may be called, got torch\.FloatStorage/],
    ['calls with a list', `${global('collections', 'OrderedDict')}]R`, /arguments must be a tuple/],
    ['appends to a tuple', `${tuple(int(1))}${int(2)}a`, /only lists take items/],
    ['appends to a dict', `}(${int(1)}e`, /only lists take items/],
    ['sets items of a list', `](${int(1)}${int(2)}u`, /only dicts take items by key/],
    ['has a key alone', `}(${int(1)}u`, /a value for each key/],
    ['has a list for a key', `}(]${int(1)}u`, /must be text or numbers/],
    [
      'has a pair of a list in an OrderedDict',
      call(global('collections', 'OrderedDict'), list(tuple(list(), NONE))),
      /pairs/,
    ],
    ['builds a list', `]}b`, /only dicts may have attributes/],
    ['has text that is no UTF-8', `X${le(4, 2)}\xc3\x28`, /text must be UTF-8/],
    ['has a whole number of many bytes', `\x8a\xff${'\x01'.repeat(255)}`, /at most 32 bytes, got 255/],
    ['has a long decimal', `L${'9'.repeat(500)}L\n`, /must be decimal digits/],
    ['has an endless line', `c${'a'.repeat(10_000)}`, /at most 4096 bytes/],
    ['has a number that is none', 'F1e\n', /must be decimal/],
    ['has a code point past the last', 'V\\Uffffffff\n', /code points/],
    [
      'has a big-endian number of numpy',
      `${call(global('numpy', 'dtype'), text('f8'))}${tuple(int(3), text('>'))}b`,
      /little-end/,
    ],
    ['has an unknown number of numpy', call(global('numpy', 'dtype'), text('O8')), /numpy scalars must be of/],
    ['has a protocol of the future', '\x80\x09', /protocol must be at most 5, got 9/],
    ['has a storage for a value', storage('0', 4), /must be tensors or plain/],
    ['has a type for a value', dict(['a', list(global('torch', 'float32'))]), /or plain, got another at "a\.0"/],
    ['has a dtype for a value', call(global('numpy', 'dtype'), text('f8')), /must be tensors or plain/],
  ])('%s', async (_, value, message) => {
    expect(await errorOf(legacyBytes(value, value.includes('storage') ? [DATA] : []))).toMatch(message);
  });

  it.each([
    ['a list in itself', `]${put(0)}${get(0)}a`],
    ['a dict in itself', `}${put(0)}${text('me')}${get(0)}s`],
    ['a list in a tuple in it', `]${put(0)}(${get(0)}ta`],
  ])('has %s', async (_, value) => {
    expect(await errorOf(legacyBytes(value))).toMatch(/must not contain themselves/);
  });

  it('is nested too deep, or larger than it seems', async () => {
    expect(await errorOf(legacyBytes(']'.repeat(5000) + 'a'.repeat(4999)))).toMatch(/nested at most 100 deep/);
    let doubled = list(int(1));
    for (let i = 0; i < 40; i++) doubled += `${put(i)}0](${get(i)}${get(i)}e`;
    expect(await errorOf(legacyBytes(doubled))).toMatch(/at most 16777216 others/);
  });

  it('asks for much memory', async () => {
    expect(await errorOf(legacyBytes(`(${'}'.repeat(1 << 20)}l`))).toMatch(/at most 524288 containers/);
    for (const opcode of ['X', 'B', 'T'])
      expect(await errorOf(legacyBytes(`${opcode}${le(4, 0xffffffff)}`))).toMatch(
        /at most 1048576 bytes, got 4294967295/,
      );
    for (const opcode of ['\x8d', '\x8e', '\x96'])
      expect(await errorOf(legacyBytes(`${opcode}${'\xff'.repeat(8)}`))).toMatch(
        /at most 1048576 bytes, got 184467440/,
      );
    expect(await errorOf(legacyBytes(list('N'.repeat(1 << 17))))).toMatch(/at most 65536 values at once, got 131072/);
    expect(await errorOf(legacyBytes(`X${le(4, 1 << 20)}`))).toMatch(/must end with STOP, got its end/);
  });

  it.each([
    [
      'a text to bytes',
      text('x'.repeat(1 << 20)),
      (value: string) => call(global('_codecs', 'encode'), value, text('latin1')),
    ],
    ['a list to a size', list('K\x01'.repeat(1 << 15)), (value: string) => call(global('torch', 'Size'), value)],
    [
      'pairs to a dict',
      list(tuple(int(1), int(2)).repeat(1 << 15)),
      (value: string) => call(global('collections', 'OrderedDict'), value),
    ],
  ])('turns %s again and again', async (_, value, use) => {
    const again = `${use(get(0))}0`.repeat(10_000);
    expect(await errorOf(legacyBytes(`${value}${put(0)}0${again}N`))).toMatch(
      /at most 2097152 items together, got more/,
    );
  });

  it('is longer than any of tensors', async () => {
    const path = writeBytes(folder, legacyBytes(NONE).subarray(0, -8));
    const megabyte = `X${le(4, 1 << 20)}`;
    const { size } = await stat(path);
    await truncate(path, size + 70 * ((1 << 20) + 6));
    const file = await open(path, 'r+');
    for (let i = 0, at = size; i < 70; i++, at += (1 << 20) + 6) {
      await file.write(Buffer.from(megabyte, 'latin1'), 0, 5, at);
      await file.write(Buffer.from('0'), 0, 1, at + 5 + (1 << 20));
    }
    await file.close();
    await expect(readTorchObject(path)).rejects.toThrow(/a pickle must have at most 67108864 bytes, got more/);
  });

  it('goes on for ever', async () => {
    const path = writeBytes(
      folder,
      Buffer.concat([Buffer.from('\x80\x02', 'latin1'), Buffer.alloc((4 << 20) + 10, 'N0')]),
    );
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    await expect(readTorchObject(path)).rejects.toThrow(/at most 4194304 opcodes/);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });
});

const ordered = call(global('collections', 'OrderedDict'));
const rebuilt = (...args: string[]): string => rebuild('_rebuild_tensor_v2', ...args, '\x89', ordered);

describe('readTorchTensors refuses a tensor that', () => {
  it.each([
    ['lies past its storage', tensorPickle({ shape: [5] }), /storage of 4 elements, got 5 from 0 for F32 \(5\)/],
    ['begins past it', tensorPickle({ shape: [1], offset: 4 }), /got 1 from 4/],
    ['strides past it', tensorPickle({ shape: [2], strides: [4] }), /got 5 from 0/],
    ['has a negative offset', tensorPickle({ shape: [1], offset: -1 }), /storage offset must be whole numbers/],
    ['has a negative size', tensorPickle({ shape: [-1] }), /size must be whole numbers/],
    ['has a negative stride', tensorPickle({ shape: [2], strides: [-1] }), /stride must be whole numbers/],
    [
      'has a size that is no number',
      rebuilt(storage('0', 4), int(0), tuple(text('4')), tuple(int(1))),
      /size must be whole/,
    ],
    [
      'has sizes that overflow',
      rebuilt(storage('0', 4), int(0), tuple(long(1n << 52n), long(1n << 52n), int(0)), tuple(int(0), int(0), int(0))),
      /2\^53 elements/,
    ],
    [
      'has a size past 2^53',
      rebuilt(storage('0', 4), int(0), tuple(long(1n << 60n)), tuple(int(0))),
      /size must be whole numbers/,
    ],
    ['has nine dimensions', tensorPickle({ shape: Array<number>(9).fill(1) }), /at most 8 dimensions, got 9/],
    ['has a stride less', tensorPickle({ shape: [2, 2], strides: [1] }), /a stride for each size/],
    ['overlaps itself', tensorPickle({ shape: [2, 2], strides: [1, 1] }), /must not overlap, got strides \(1, 1\)/],
    [
      'is expanded to much memory',
      tensorPickle({ shape: [100_000, 1000], strides: [0, 0] }),
      /at most 16 times the file's/,
    ],
    ['has no storage', rebuilt(NONE, int(0), tuple(), tuple()), /must have a storage/],
    ['is a parameter of nothing', rebuild('_rebuild_parameter', NONE, '\x89', ordered), /must hold a tensor/],
    [
      'has a storage of another class',
      rebuilt(`${tuple(text('storage'), ordered, text('0'), text('cpu'), int(4))}Q`, int(0), tuple(), tuple()),
      /must be storages/,
    ],
    [
      'has a storage of no key',
      rebuilt(
        `${tuple(text('storage'), global('torch', 'FloatStorage'), NONE, text('cpu'), int(4))}Q`,
        int(0),
        tuple(),
        tuple(),
      ),
      /a key and a length/,
    ],
    ['has a storage of a negative length', tensorPickle({ count: -1, shape: [] }), /a key and a length/],
    [
      'has a view for a storage',
      rebuilt(storage('0', 4, 'FloatStorage', tuple(text('0'), int(0), int(4))), int(0), tuple(), tuple()),
      /must be whole, got a view/,
    ],
    ['has a persistent id that is text', `${text('0')}Q`, /must be storages, got another id/],
  ])('%s', async (_, value, message) => {
    const path = writeBytes(folder, legacyBytes(dict(['x', value]), [DATA]));
    const error = await readTorchTensors(path, { device: 'cpu' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toMatch(message);
  });

  it('is one of thousands of one storage', async () => {
    const count = 1 << 20;
    const value = dict(
      ...Array.from({ length: 200 }, (_, i): [string, string] => [`x${i}`, tensorPickle({ count, shape: [count] })]),
    );
    const bytes = legacyBytes(value, [{ key: '0', count, data: new Uint8Array(4 * count) }]);
    expect(await errorOf(bytes)).toMatch(/at most 16 times the file's \d+ bytes, got 838860800 bytes/);
  });
});

describe('readTorchObject refuses a legacy file whose', () => {
  const tensor = dict(['x', tensorPickle({ shape: [4] })]);
  it.each([
    [
      'magic number is another',
      legacyBytes(tensor, [DATA], { magic: pickled(int(1)) }),
      /one of torch\.save, got a pickle/,
    ],
    ['version is another', legacyBytes(tensor, [DATA], { version: pickled(int(1002)) }), /version must be 1001/],
    [
      'system is big-endian',
      legacyBytes(tensor, [DATA], { system: dict(['little_endian', '\x89']) }),
      /byte order must be/,
    ],
    ['system is no dict', legacyBytes(tensor, [DATA], { system: NONE }), /byte order must be little/],
    ['keys are no list', legacyBytes(tensor, [DATA], { keys: NONE }), /keys of the storages must be a list/],
    ['keys are others', legacyBytes(tensor, [DATA], { keys: list(text('1')) }), /those the tensors have/],
    ['keys repeat', legacyBytes(tensor, [DATA, DATA]), /once each, got another/],
    ['keys are fewer', legacyBytes(tensor, []), /hold every storage, got none of key "0"/],
    [
      'storages are of another length',
      legacyBytes(tensor, [{ ...DATA, count: 5 }]),
      /4 elements its tensors say, got 5/,
    ],
    [
      'storages of one key differ',
      legacyBytes(tuple(storage('0', 4), storage('0', 5)), [DATA]),
      /of one key must be the same/,
    ],
    ['end is missing', legacyBytes(tensor, [DATA]).subarray(0, -1), /must hold what it refers to/],
  ])('%s', async (_, bytes, message) => {
    expect(await errorOf(bytes)).toMatch(message);
  });

  it('bytes end anywhere', async () => {
    const whole = legacyBytes(tensor, [DATA]);
    for (let bytes = 0; bytes < whole.length; bytes++) await errorOf(whole.subarray(0, bytes));
  });
});

it('readTorchObject says what a file is that is none of torch.save', async () => {
  const tar = Buffer.alloc(512);
  tar.write('ustar', 257);
  for (const [bytes, message] of [
    [tar, /PyTorch 0\.1\.10 or later, got the tar format/],
    [Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\n'), /got Git LFS's pointer/],
    [Buffer.from('{"a": 1}'), /must be one of torch\.save, got another kind/],
    [Buffer.alloc(0), /must be one of torch\.save, got another kind/],
  ] as const)
    expect(await errorOf(bytes)).toMatch(message);
  await expect(readTorchObject(folder)).rejects.toThrow(/must be a regular one, got a folder/);
  await expect(readTorchObject('/dev/null')).rejects.toThrow(/must be a regular one, got another kind/);
});
