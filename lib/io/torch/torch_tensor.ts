import { FormatFault } from './fault.js';
import type { PickleValue } from './pickle_values.js';

/** Bytes of an element of each type that files have, under the names native code knows. */
const ELEMENT_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

/** An element type of files; not all of them have tensors here. */
export type FileDType = keyof typeof ELEMENT_BYTES;

/** As many as the engine's tensors may have. */
const MAX_RANK = 8;

/** A block of elements beside the pickle. */
export class TorchStorage {
  readonly key: string;
  readonly dtype: FileDType;
  /** Elements. */
  readonly length: number;

  constructor(key: string, dtype: FileDType, length: number) {
    this.key = key;
    this.dtype = dtype;
    this.length = length;
  }

  get byteLength(): number {
    return this.length * ELEMENT_BYTES[this.dtype];
  }

  isSame(other: TorchStorage): boolean {
    return this.key === other.key && this.dtype === other.dtype && this.length === other.length;
  }
}

/** A view of a storage that lies in it: every rule is checked when it is made. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly dtype: FileDType;
  /** Of its first element from the storage's first, in elements of `dtype`. */
  readonly offset: number;
  readonly shape: readonly number[];
  /** In elements. */
  readonly strides: readonly number[];

  /** @throws {FormatFault} It does not lie in the storage, or its elements overlap. */
  constructor(storage: TorchStorage, dtype: FileDType, offset: PickleValue, shape: PickleValue, strides: PickleValue) {
    this.storage = storage;
    this.dtype = dtype;
    this.shape = checkedSizes('size', shape);
    this.strides = checkedSizes('stride', strides);
    [this.offset] = checkedSizes('storage offset', [offset]) as [number];
    if (this.shape.length !== this.strides.length)
      throw new FormatFault(`a tensor must have a stride for each size, got ${this.strides.length} for ${this.text}`);
    this.#checkElements();
  }

  /** Elements. */
  get size(): number {
    return this.shape.reduce((product, size) => product * size, 1);
  }

  get byteLength(): number {
    return this.size * ELEMENT_BYTES[this.dtype];
  }

  /** Bytes from its first element to the end of its last. */
  get spanBytes(): number {
    return this.#span * ELEMENT_BYTES[this.dtype];
  }

  /** First byte, from the storage's. */
  get byteOffset(): number {
    return this.offset * ELEMENT_BYTES[this.dtype];
  }

  /** `F32 (2, 3)` */
  get text(): string {
    return `${this.dtype} (${this.shape.join(', ')})`;
  }

  get #span(): number {
    if (this.shape.includes(0)) return 0;
    return this.shape.reduce((span, size, axis) => span + (size - 1) * this.strides[axis]!, 1);
  }

  #checkElements(): void {
    if (this.shape.reduce((product, size) => product * Math.max(size, 1), 1) > Number.MAX_SAFE_INTEGER)
      throw new FormatFault(`a tensor must have at most 2^53 elements, got ${this.text}`);
    const available = Math.floor(this.storage.byteLength / ELEMENT_BYTES[this.dtype]);
    if (this.#span > 0 && this.offset + this.#span > available)
      throw new FormatFault(
        `a tensor must lie in its storage of ${available} elements, got ${this.#span} from ${this.offset} for ${this.text}`,
      );
    if (!this.shape.includes(0) && hasOverlap(this.shape, this.strides))
      throw new FormatFault(
        `a tensor's elements must not overlap, got strides (${this.strides.join(', ')}) for ${this.text}`,
      );
  }
}

function checkedSizes(what: string, sizes: PickleValue): readonly number[] {
  if (!Array.isArray(sizes)) throw new FormatFault(`a tensor's ${what} must be whole numbers, got others`);
  if (sizes.length > MAX_RANK)
    throw new FormatFault(`a tensor must have at most ${MAX_RANK} dimensions, got ${sizes.length}`);
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw new FormatFault(`a tensor's ${what} must be whole numbers, got others`);
  return sizes as number[];
}

/** Whether two elements of axes that are not repeated (stride 0) share their place. */
function hasOverlap(shape: readonly number[], strides: readonly number[]): boolean {
  const axes = shape
    .map((size, axis) => ({ size, stride: strides[axis]! }))
    .filter(({ size, stride }) => size > 1 && stride > 0)
    .sort((a, b) => a.stride - b.stride);
  let reach = 0;
  for (const { size, stride } of axes) {
    if (stride <= reach) return true;
    reach += (size - 1) * stride;
  }
  return false;
}
