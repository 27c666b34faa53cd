import { defineOp } from '../../autograd/define_op.js';
import type { Tensor } from '../../tensor/tensor.js';
import { compute, type Operand } from './binary.js';

function comparison(name: string, op: string) {
  return defineOp<[a: Operand, b: Operand], Tensor>({
    name,
    forward: (_, a, b) => compute(op, a, b),
    backward: null,
  });
}

/**
 * Whether a = b, as booleans, with broadcasting.
 * @throws ShapeError, DTypeError, DeviceError when the operands do not fit
 *
 * @example
 * ```ts
 * import { equal, tensor } from 'gridstride';
 * console.log(await equal(tensor([1, 2]), 2).toArray()); // [ false, true ]
 * ```
 */
export const equal = comparison('equal', 'eq');
/** Whether a ≠ b. */
export const notEqual = comparison('notEqual', 'ne');
/** Whether a < b. */
export const less = comparison('less', 'lt');
/** Whether a ≤ b. */
export const lessEqual = comparison('lessEqual', 'le');
/** Whether a > b. */
export const greater = comparison('greater', 'gt');
/** Whether a ≥ b. */
export const greaterEqual = comparison('greaterEqual', 'ge');
/** Whether neither is 0. */
export const logicalAnd = comparison('logicalAnd', 'logical_and');
/** Whether not both are 0. */
export const logicalOr = comparison('logicalOr', 'logical_or');
