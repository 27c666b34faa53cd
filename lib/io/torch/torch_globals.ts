import { FormatFault } from './fault.js';
import { numpyGlobals } from './numpy_globals.js';
import { PickleGlobal, type PickleHost, type PickleValue } from './pickle_values.js';
import { type FileDType, TorchStorage, TorchTensor } from './torch_tensor.js';

const STORAGES: Readonly<Record<string, FileDType>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

const DTYPES: Readonly<Record<string, FileDType>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  float8_e4m3fn: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint64: 'U64',
  uint32: 'U32',
  uint16: 'U16',
  uint8: 'U8',
  bool: 'BOOL',
};

/** A class of storages or an element type. */
class TypeGlobal extends PickleGlobal {
  readonly dtype: FileDType;
  readonly isStorage: boolean;

  constructor(name: string, dtype: FileDType, isStorage: boolean) {
    super(name);
    this.dtype = dtype;
    this.isStorage = isStorage;
  }
}

function checkedStorage(value: PickleValue): TorchStorage {
  if (value instanceof TorchStorage) return value;
  throw new FormatFault('a tensor must have a storage, got another value');
}

/** Flags of views that are computed when read, which the bytes do not hold. */
function checkMetadata(metadata: PickleValue): void {
  if (metadata instanceof Map && [...metadata.values()].some((value) => value === true))
    throw new FormatFault('tensors must be saved as they are, got one that is negated or conjugated when read');
}

function rebuildTensor(args: readonly PickleValue[]): TorchTensor {
  const [storage, offset, size, stride, , , metadata] = args;
  const checked = checkedStorage(storage);
  checkMetadata(metadata);
  return new TorchTensor(checked, checked.dtype, offset, size, stride);
}

/** The same with an element type of its own, over a storage of bytes. */
function rebuildTyped(args: readonly PickleValue[]): TorchTensor {
  const [storage, offset, size, stride, , , dtype, metadata] = args;
  checkMetadata(metadata);
  if (!(dtype instanceof TypeGlobal) || dtype.isStorage)
    throw new FormatFault('a tensor must have an element type, got another value');
  return new TorchTensor(checkedStorage(storage), dtype.dtype, offset, size, stride);
}

function rebuildParameter([data]: readonly PickleValue[]): TorchTensor {
  if (data instanceof TorchTensor) return data;
  throw new FormatFault('a parameter must hold a tensor, got another value');
}

function mapOf([items = []]: readonly PickleValue[]): Map<PickleValue, PickleValue> {
  const isPair = (item: PickleValue): item is [PickleValue, PickleValue] => Array.isArray(item) && item.length === 2;
  if (!Array.isArray(items) || !items.every(isPair) || items.some(([key]) => typeof key === 'object'))
    throw new FormatFault('an OrderedDict must be made of pairs of key and value, got another value');
  return new Map(items);
}

function sizeOf([sizes = []]: readonly PickleValue[]): PickleValue[] {
  if (!Array.isArray(sizes)) throw new FormatFault('torch.Size must be made of numbers, got another value');
  return [...(sizes as PickleValue[])];
}

function allowedGlobals(): Map<string, PickleGlobal> {
  const globals = [
    new PickleGlobal('collections.OrderedDict', mapOf),
    // Its factory is of no use to a reader.
    new PickleGlobal('collections.defaultdict', () => new Map()),
    ...['dict', 'list', 'int', 'float'].flatMap((name) => [
      new PickleGlobal(`builtins.${name}`),
      new PickleGlobal(`__builtin__.${name}`),
    ]),
    new PickleGlobal('torch.Size', sizeOf),
    new PickleGlobal('torch._utils._rebuild_tensor', rebuildTensor),
    new PickleGlobal('torch._utils._rebuild_tensor_v2', rebuildTensor),
    new PickleGlobal('torch._utils._rebuild_tensor_v3', rebuildTyped),
    new PickleGlobal('torch._utils._rebuild_parameter', rebuildParameter),
    new PickleGlobal('torch._utils._rebuild_parameter_with_state', rebuildParameter),
    new TypeGlobal('torch.storage.UntypedStorage', 'U8', true),
    ...Object.entries(STORAGES).map(([name, dtype]) => new TypeGlobal(`torch.${name}`, dtype, true)),
    ...Object.entries(DTYPES).map(([name, dtype]) => new TypeGlobal(`torch.${name}`, dtype, false)),
    ...numpyGlobals(),
  ];
  return new Map(globals.map((global) => [global.name, global]));
}

const ALLOWED = allowedGlobals();

/** What a pickle of PyTorch may name: tensors, their storages and plain containers. */
export class TorchHost implements PickleHost {
  /** Those the pickle referred to, by key. */
  readonly storages = new Map<string, TorchStorage>();

  global(name: string): PickleGlobal | undefined {
    return ALLOWED.get(name);
  }

  /** `('storage', class, key, location, elements)`; the legacy format adds a view, which is None. */
  persistent(id: PickleValue): TorchStorage {
    const [kind, type, key, , length, view = null] = Array.isArray(id) ? (id as PickleValue[]) : [];
    if (kind !== 'storage' || !(type instanceof TypeGlobal) || !type.isStorage)
      throw new FormatFault('what stands beside the pickle must be storages, got another id');
    if (typeof key !== 'string' || !Number.isSafeInteger(length) || (length as number) < 0)
      throw new FormatFault('a storage must have a key and a length, got others');
    if (view !== null) throw new FormatFault('storages must be whole, got a view of another (PyTorch before 0.4)');
    const storage = new TorchStorage(key, type.dtype, length as number);
    const known = this.storages.get(key);
    if (known !== undefined && !known.isSame(storage))
      throw new FormatFault(`storages of one key must be the same, got others for ${JSON.stringify(key.slice(0, 40))}`);
    if (known === undefined) this.storages.set(key, storage);
    return known ?? storage;
  }
}
