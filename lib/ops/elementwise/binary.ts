import { defineOp } from '../../autograd/define_op.js';
import type { DType } from '../../tensor/dtype.js';
import { callOne, Tensor } from '../../tensor/tensor.js';
import { DataError, DTypeError } from '../../util/errors.js';
import { reduceTo } from '../reduce_to.js';

/** An operand: a tensor, or a number that takes the other operand's dtype and device. */
export type Operand = Tensor | number;

function checkOperand(op: string, x: unknown): void {
  if (x instanceof Tensor || typeof x === 'number') return;
  throw new DataError(`${op}: operands must be tensors or numbers, got ${x === null ? 'null' : typeof x}`);
}

/** The native op `y = a op b`, outside autograd; at least one operand is a tensor. @internal */
export function compute(op: string, a: Operand, b: Operand): Tensor {
  checkOperand(op, a);
  checkOperand(op, b);
  if (typeof a === 'number') {
    if (typeof b === 'number') throw new DTypeError(`${op}: one operand must be a tensor, got two numbers`);
    return callOne((ops) => ops.binary_scalar(op, b.handle, a, true));
  }
  if (typeof b === 'number') return callOne((ops) => ops.binary_scalar(op, a.handle, b, false));
  return callOne((ops) => ops.binary(op, a.handle, b.handle));
}

const shapeOf = (x: Operand) => (typeof x === 'number' ? [] : x.shape);

/** Gradients of both operands from the shapes they had; a number gets none. */
function both(
  values: { a: readonly number[]; b: readonly number[] },
  needs: readonly boolean[],
  da: () => Tensor,
  db: () => Tensor,
): (Tensor | undefined)[] {
  return [needs[0] ? reduceTo(da(), values.a) : undefined, needs[1] ? reduceTo(db(), values.b) : undefined];
}

interface Shapes {
  a: readonly number[];
  b: readonly number[];
}

/**
 * a + b, with broadcasting.
 * @throws ShapeError, DTypeError, DeviceError when the operands do not fit
 *
 * @example
 * ```ts
 * import { add, tensor } from 'gridstride';
 * console.log(await add(tensor([1, 2]), 10).toArray()); // [ 11, 12 ]
 * ```
 */
export const add = defineOp<[a: Operand, b: Operand], Tensor, Shapes>({
  name: 'add',
  forward(context, a, b) {
    const y = compute('add', a, b);
    context.values = { a: shapeOf(a), b: shapeOf(b) };
    return y;
  },
  backward: ({ values, needs }, dy) =>
    both(
      values,
      needs,
      () => dy!,
      () => dy!,
    ),
});

/** a - b, with broadcasting. */
export const sub = defineOp<[a: Operand, b: Operand], Tensor, Shapes>({
  name: 'sub',
  forward(context, a, b) {
    const y = compute('sub', a, b);
    context.values = { a: shapeOf(a), b: shapeOf(b) };
    return y;
  },
  backward: ({ values, needs }, dy) =>
    both(
      values,
      needs,
      () => dy!,
      () => compute('mul', dy!, -1),
    ),
});

/** Operands kept for a gradient: tensors on the tape, numbers as values. */
interface Operands extends Shapes {
  numberA: number | undefined;
  numberB: number | undefined;
}

function remember(
  context: { save(...t: (Tensor | undefined)[]): void; values: Operands },
  a: Operand,
  b: Operand,
): void {
  context.save(typeof a === 'number' ? undefined : a, typeof b === 'number' ? undefined : b);
  context.values = {
    a: shapeOf(a),
    b: shapeOf(b),
    numberA: typeof a === 'number' ? a : undefined,
    numberB: typeof b === 'number' ? b : undefined,
  };
}

/** a * b, with broadcasting. */
export const mul = defineOp<[a: Operand, b: Operand], Tensor, Operands>({
  name: 'mul',
  forward(context, a, b) {
    const y = compute('mul', a, b);
    remember(context, a, b);
    return y;
  },
  backward({ saved, values, needs }, dy) {
    const a = saved[0] ?? values.numberA!;
    const b = saved[1] ?? values.numberB!;
    return both(
      values,
      needs,
      () => compute('mul', dy!, b),
      () => compute('mul', dy!, a),
    );
  },
});

/** a / b, with broadcasting; integers truncate. */
export const div = defineOp<[a: Operand, b: Operand], Tensor, Operands>({
  name: 'div',
  forward(context, a, b) {
    const y = compute('div', a, b);
    remember(context, a, b);
    return y;
  },
  backward({ saved, values, needs }, dy) {
    const a = saved[0] ?? values.numberA!;
    const b = saved[1] ?? values.numberB!;
    return both(
      values,
      needs,
      () => compute('div', dy!, b),
      () => compute('mul', compute('mul', dy!, -1), compute('div', compute('div', a, b), b)),
    );
  },
});

/** a to the power b, with broadcasting. */
export const pow = defineOp<[a: Operand, b: Operand], Tensor, Operands>({
  name: 'pow',
  forward(context, a, b) {
    const y = compute('pow', a, b);
    remember(context, a, b);
    return y;
  },
  backward({ saved, values, needs }, dy) {
    const a = saved[0] ?? values.numberA!;
    const b = saved[1] ?? values.numberB!;
    const lower = () => compute('pow', a, typeof b === 'number' ? b - 1 : compute('sub', b, 1));
    return both(
      values,
      needs,
      () => compute('mul', dy!, compute('mul', lower(), b)),
      () => compute('mul', dy!, compute('mul', compute('pow', a, b), logarithm(a))),
    );
  },
});

const logarithm = (a: Operand): Operand =>
  typeof a === 'number' ? Math.log(a) : callOne((ops) => ops.unary('log', a.handle));

/** The larger or the smaller operand; where they are equal, each gets half of the gradient. */
function extremum(name: 'maximum' | 'minimum') {
  return defineOp<[a: Operand, b: Operand], Tensor, Operands>({
    name,
    forward(context, a, b) {
      const y = compute(name, a, b);
      remember(context, a, b);
      return y;
    },
    backward({ saved, values, needs }, dy) {
      const a = saved[0] ?? values.numberA!;
      const b = saved[1] ?? values.numberB!;
      const share = (x: Operand, other: Operand) => () => {
        const wins = asDType(compute(name === 'maximum' ? 'gt' : 'lt', x, other), dy!.dtype);
        const ties = asDType(compute('eq', x, other), dy!.dtype);
        return compute('mul', dy!, compute('add', wins, compute('mul', ties, 0.5)));
      };
      return both(values, needs, share(a, b), share(b, a));
    },
  });
}

const asDType = (x: Tensor, dtype: DType): Tensor => callOne((ops) => ops.cast(x.handle, dtype));

/** The larger of a and b, with broadcasting; NaN when either is. */
export const maximum = extremum('maximum');

/** The smaller of a and b, with broadcasting; NaN when either is. */
export const minimum = extremum('minimum');
