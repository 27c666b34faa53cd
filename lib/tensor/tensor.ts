import { addon, typed, typedAsync } from '../native/addon.js';
import type { Handle } from '../native/ops.gen.js';
import { DisposedError, DTypeError, ShapeError, toTypedError } from '../util/errors.js';
import { DTYPES, dtypeSize, type DType, type TensorData } from './dtype.js';
import { currentScope, enterScope, leaveScope, type Disposable, type Scope } from './scope.js';

/** Sizes of a tensor, outermost first. */
export type Shape = readonly number[];

/** Numbers nested as deep as a tensor has dimensions. */
export type NestedArray = number | boolean | NestedArray[];

/** What keeps a tensor's history; lib/autograd implements it. @internal */
export interface TapeNode {
  retain(): void;
  release(): void;
}

const collected = new FinalizationRegistry<Handle>((handle) => addon().release(handle));

/**
 * A strided array of numbers in a device's memory. Ops return at once and run in order on the device; only reading a
 * value waits. `dispose()`, `using` and {@link tidy} free at once; the garbage collector is the last resort.
 *
 * @example
 * ```ts
 * import { add, tensor } from 'gridstride';
 * const sum = add(tensor([[1, 2], [3, 4]]), tensor([10, 20]));
 * console.log(sum.shape, await sum.toArray()); // [ 2, 2 ] [ [ 11, 22 ], [ 13, 24 ] ]
 * ```
 */
export class Tensor implements Disposable {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Whether `backward()` computes a gradient for this tensor. */
  requiresGrad = false;
  /** The gradient `backward()` added up for a leaf. */
  grad: Tensor | undefined;
  /** Contents on the host, for integer tensors made from host data: geometry needs no device round trip. @internal */
  host: TensorData | undefined;
  /** @internal */
  node: TapeNode | undefined;
  /** Which output of `node` this is. @internal */
  outputIndex = 0;

  #handle: Handle;
  #scope: Scope | undefined;
  #device: string | undefined;

  /** @internal Tensors are made by `tensor()`, `zeros()` ... and by ops. */
  constructor(handle: Handle, dtype: DType, shape: Shape) {
    this.#handle = handle;
    this.dtype = dtype;
    this.shape = shape;
    this.#scope = currentScope();
    if (this.#scope === undefined) collected.register(this, handle, this);
    else this.#scope.members.add(this);
  }

  /** @internal @throws DisposedError */
  get handle(): Handle {
    if (this.#handle === 0) throw new DisposedError('tensor: already disposed', { shape: this.shape });
    return this.#handle;
  }

  /** Whether `dispose()` was called. */
  get isDisposed(): boolean {
    return this.#handle === 0;
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((product, length) => product * length, 1);
  }

  /** Number of dimensions. */
  get rank(): number {
    return this.shape.length;
  }

  /** Where the elements lie: `cpu`, `cuda:0` ... */
  get device(): string {
    return (this.#device ??= typed(() => addon().deviceOf(this.handle)));
  }

  /** Bytes of the elements. */
  get byteLength(): number {
    return this.size * dtypeSize(this.dtype);
  }

  /** Frees this handle; the memory goes when no other handle, tape or queued op needs it. May be called again. */
  dispose(): void {
    if (this.#handle === 0) return;
    addon().release(this.#handle);
    this.#handle = 0;
    if (this.#scope === undefined) collected.unregister(this);
    else this.#scope.members.delete(this);
    this.node?.release();
    this.node = undefined;
    this.grad?.dispose();
    this.grad = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal Leaves its scope for `scope`, or for the garbage collector's care. */
  moveToScope(scope: Scope | undefined): void {
    if (this.#handle === 0 || this.#scope === scope) return;
    this.#scope?.members.delete(this);
    if (this.#scope === undefined) collected.unregister(this);
    this.#scope = scope;
    if (scope === undefined) collected.register(this, this.#handle, this);
    else scope.members.add(this);
  }

  /**
   * The elements as a typed array, once everything queued before has run: f32, bf16 and f16 as Float32Array, i64 as
   * BigInt64Array, bool as Uint8Array.
   * @throws the typed error of an op this tensor depends on
   */
  async data(): Promise<Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array> {
    if (this.dtype === 'bf16' || this.dtype === 'f16') {
      const wide = callOne((ops) => ops.cast(this.handle, 'f32'));
      try {
        return await wide.data();
      } finally {
        wide.dispose();
      }
    }
    const buffer = await typedAsync(() => addon().read(this.handle));
    switch (this.dtype) {
      case 'f32':
        return new Float32Array(buffer);
      case 'f64':
        return new Float64Array(buffer);
      case 'i64':
        return new BigInt64Array(buffer);
      case 'i32':
        return new Int32Array(buffer);
      default:
        return new Uint8Array(buffer);
    }
  }

  /** The elements as plain numbers (booleans for bool), nested by shape; a number alone for a scalar. */
  async toArray(): Promise<NestedArray> {
    const flat = await this.data();
    const value = (i: number): number | boolean => (this.dtype === 'bool' ? flat[i] !== 0 : Number(flat[i]));
    const nest = (axis: number, begin: number, count: number): NestedArray => {
      if (axis === this.shape.length) return value(begin);
      const length = this.shape[axis]!;
      const step = length === 0 ? 0 : count / length;
      return Array.from({ length }, (_, i) => nest(axis + 1, begin + i * step, step));
    };
    return nest(0, 0, this.size);
  }

  /**
   * The value of a tensor of one element.
   * @throws ShapeError when it has more or none
   */
  async item(): Promise<number> {
    if (this.size !== 1) throw new ShapeError(`item: the tensor must have one element, got (${this.shape.join(', ')})`);
    return Number((await this.data())[0]);
  }

  /** Marks a leaf for gradients; returns itself. @throws DTypeError when the dtype is not floating */
  withGrad(requiresGrad = true): this {
    if (requiresGrad && !['f32', 'f64', 'bf16', 'f16'].includes(this.dtype))
      throw new DTypeError(`withGrad: the dtype must be floating, got ${this.dtype}`, { dtype: this.dtype });
    this.requiresGrad = requiresGrad;
    return this;
  }

  /** Replaces the elements of a dense tensor, in queue order: what a replay reads as its new input. */
  write(data: TensorData): void {
    typed(() => addon().writeHost(this.handle, data));
    if (this.host !== undefined) this.host = data.slice() as TensorData;
  }
}

/** Reads `count` outputs from the mailbox; absent ones are undefined. */
function readMailbox(count: number): (Tensor | undefined)[] {
  const mailbox = addon().mailbox;
  const outputs: (Tensor | undefined)[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const handle = mailbox[at++]!;
    const dtype = DTYPES[mailbox[at++]!]!;
    const rank = mailbox[at++]!;
    const shape: number[] = [];
    for (let axis = 0; axis < rank; axis++) shape.push(mailbox[at++]!);
    outputs.push(handle === 0 ? undefined : new Tensor(handle, dtype, shape));
  }
  return outputs;
}

type OpCall = (ops: ReturnType<typeof addon>['ops']) => number;

/** Calls a native op and wraps its outputs. @internal */
export function callAll(call: OpCall): (Tensor | undefined)[] {
  try {
    return readMailbox(call(addon().ops));
  } catch (error) {
    throw toTypedError(error);
  }
}

/** Calls a native op of one output. @internal */
export function callOne(call: OpCall): Tensor {
  return callAll(call)[0]!;
}

/** Copies the elements of `value` into `target`, in its element type. @internal */
export function copyInto(target: Tensor, value: Tensor): void {
  const fitting = value.dtype === target.dtype ? value : callOne((ops) => ops.cast(value.handle, target.dtype));
  callAll((ops) => ops.assign(target.handle, fitting.handle));
}

/** The tensor a host array becomes. @internal */
export function uploadTensor(data: TensorData, dtype: DType, shape: Shape, device: string): Tensor {
  typed(() => addon().fromHost(data, dtype, shape, device));
  return readMailbox(1)[0]!;
}

/** Another handle of the same elements, outside autograd. @internal */
export function aliasTensor(source: Tensor): Tensor {
  const copy = new Tensor(addon().retain(source.handle), source.dtype, source.shape);
  copy.host = source.host;
  return copy;
}

function collectTensors(value: unknown, found: Set<unknown>, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > 6 || found.has(value)) return;
  if (value instanceof Tensor) {
    found.add(value);
    if (value.grad !== undefined) found.add(value.grad);
    return;
  }
  if (ArrayBuffer.isView(value)) return;
  const children = value instanceof Map || value instanceof Set ? value.values() : Object.values(value);
  for (const child of children) collectTensors(child, found, depth + 1);
}

/** Every tensor in a value: itself, its items or its fields, some levels deep. @internal */
export function tensorsIn(value: unknown): Tensor[] {
  const found = new Set<unknown>();
  collectTensors(value, found, 0);
  return [...found].filter((each) => each instanceof Tensor);
}

/**
 * Runs `body` and disposes every tensor it made, but those in its result.
 * @throws Error when `body` returns a promise: what it makes later could not be told apart
 *
 * @example
 * ```ts
 * import { add, mul, tensor, tidy } from 'gridstride';
 * const x = tensor([1, 2, 3]);
 * const y = tidy(() => add(mul(x, x), x)); // x * x is freed here
 * console.log(await y.toArray()); // [ 2, 6, 12 ]
 * ```
 */
export function tidy<T>(body: () => T): T {
  const scope = enterScope();
  const survivors = new Set<unknown>();
  try {
    const result = body();
    if (result instanceof Promise) throw new TypeError('tidy: the callback must not return a promise');
    collectTensors(result, survivors, 0);
    return result;
  } finally {
    leaveScope(scope, survivors);
  }
}

/** Takes a tensor out of the running {@link tidy}: it lives until disposed. Returns it. */
export function keep(value: Tensor): Tensor {
  value.moveToScope(undefined);
  return value;
}
