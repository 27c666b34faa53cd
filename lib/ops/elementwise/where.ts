import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Shape, type Tensor } from '../../tensor/tensor.js';
import { DTypeError } from '../../util/errors.js';
import { reduceTo } from '../reduce_to.js';
import type { Operand } from './binary.js';

/** A number as a scalar tensor beside `other`. */
function scalar(value: number, other: Tensor): Tensor {
  return callOne((ops) => ops.fill([], value, other.dtype, other.device));
}

/** Calls the native op with numbers as tensors for the time of the call. */
function choose(condition: Tensor, a: Operand, b: Operand): Tensor {
  if (typeof a === 'number' && typeof b === 'number')
    throw new DTypeError('where: a or b must be a tensor, got two numbers');
  const left = typeof a === 'number' ? scalar(a, b as Tensor) : a;
  const right = typeof b === 'number' ? scalar(b, left) : b;
  try {
    return callOne((ops) => ops.where(condition.handle, left.handle, right.handle));
  } finally {
    if (left !== a) left.dispose();
    if (right !== b) right.dispose();
  }
}

const shapeOf = (x: Operand): Shape => (typeof x === 'number' ? [] : x.shape);

/**
 * Element by element `a` where the condition holds, else `b`, with broadcasting; a number takes the other's dtype.
 * @param condition booleans
 * @throws ShapeError, DTypeError, DeviceError when the operands do not fit
 *
 * @example
 * ```ts
 * import { greater, tensor, where } from 'gridstride';
 * const x = tensor([-1, 2]);
 * console.log(await where(greater(x, 0), x, 0).toArray()); // [ 0, 2 ]
 * ```
 */
export const where = defineOp<[condition: Tensor, a: Operand, b: Operand], Tensor, { a: Shape; b: Shape }>({
  name: 'where',
  forward(context, condition, a, b) {
    context.save(condition);
    context.values = { a: shapeOf(a), b: shapeOf(b) };
    return choose(condition, a, b);
  },
  backward: ({ saved, values, needs }, dy) => [
    undefined,
    needs[1] ? reduceTo(choose(saved[0]!, dy!, 0), values.a) : undefined,
    needs[2] ? reduceTo(choose(saved[0]!, 0, dy!), values.b) : undefined,
  ],
});
