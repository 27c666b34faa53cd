import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';
import { div, mul } from './binary.js';

const compute = (op: string, x: Tensor) => callOne((ops) => ops.unary(op, x.handle));

/** An op whose gradient needs its input. */
function ofInput(name: string, slope: (x: Tensor, dy: Tensor) => Tensor) {
  return defineOp({
    name,
    forward(context, x: Tensor) {
      context.save(x);
      return compute(name, x);
    },
    backward: ({ saved }, dy) => [slope(saved[0]!, dy!)],
  });
}

/** An op whose gradient needs its output. */
function ofOutput(name: string, slope: (y: Tensor, dy: Tensor) => Tensor) {
  return defineOp({
    name,
    forward(context, x: Tensor) {
      const y = compute(name, x);
      context.save(y);
      return y;
    },
    backward: ({ saved }, dy) => [slope(saved[0]!, dy!)],
  });
}

function withoutGradient(name: string) {
  return defineOp({ name, forward: (_, x: Tensor) => compute(name, x), backward: null });
}

/**
 * -x.
 *
 * @example
 * ```ts
 * import { neg, tensor } from 'gridstride';
 * console.log(await neg(tensor([1, -2])).toArray()); // [ -1, 2 ]
 * ```
 */
export const neg = defineOp({
  name: 'neg',
  forward: (_, x: Tensor) => compute('neg', x),
  backward: (_, dy) => [compute('neg', dy!)],
});

/** |x|; its gradient at 0 is 0. */
export const abs = ofInput('abs', (x, dy) => mul(dy, compute('sign', x)));

/** -1, 0 or 1; without a gradient. */
export const sign = withoutGradient('sign');

/** x squared. */
export const square = ofInput('square', (x, dy) => mul(mul(dy, x), 2));

/** 1 / x. */
export const reciprocal = ofOutput('reciprocal', (y, dy) => mul(mul(dy, compute('square', y)), -1));

/** The square root; NaN for negative numbers. */
export const sqrt = ofOutput('sqrt', (y, dy) => mul(div(dy, y), 0.5));

/** 1 / the square root. */
export const rsqrt = ofOutput('rsqrt', (y, dy) => mul(mul(mul(dy, compute('square', y)), y), -0.5));

/** e to the power x. */
export const exp = ofOutput('exp', (y, dy) => mul(dy, y));

/** The natural logarithm; NaN for negative numbers. */
export const log = ofInput('log', (x, dy) => div(dy, x));

/** The error function. */
export const erf = ofInput('erf', (x, dy) =>
  mul(mul(dy, compute('exp', mul(compute('square', x), -1))), 2 / Math.sqrt(Math.PI)),
);

/** The sine of radians. */
export const sin = ofInput('sin', (x, dy) => mul(dy, compute('cos', x)));

/** The cosine of radians. */
export const cos = ofInput('cos', (x, dy) => mul(mul(dy, compute('sin', x)), -1));

/** The next whole number down; without a gradient. */
export const floor = withoutGradient('floor');

/** The next whole number up; without a gradient. */
export const ceil = withoutGradient('ceil');

/** Whether each element is NaN, as booleans. */
export const isNaN = withoutGradient('is_nan');

/** Whether each element is neither infinite nor NaN, as booleans. */
export const isFinite = withoutGradient('is_finite');

/** Whether each element is 0, as booleans. */
export const logicalNot = withoutGradient('logical_not');
