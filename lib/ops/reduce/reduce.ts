import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Shape, type Tensor } from '../../tensor/tensor.js';

/** What a reduction runs over. */
export interface ReduceOptions {
  /** The axes, negative ones from the end; by default all. */
  axes?: readonly number[];
  /** Whether reduced axes stay with size 1; by default they go. */
  keepDims?: boolean;
}

type Kind = 'sum' | 'mean' | 'max' | 'min' | 'prod';

interface Values {
  shape: Shape;
  /** The result's shape with reduced axes kept. */
  kept: Shape;
  axes: readonly number[];
}

function plan(x: Tensor, options: ReduceOptions | undefined): Values {
  const axes = options?.axes ?? x.shape.map((_, axis) => axis);
  const positive = axes.map((axis) => (axis < 0 ? axis + x.rank : axis));
  return { shape: x.shape, kept: x.shape.map((size, axis) => (positive.includes(axis) ? 1 : size)), axes };
}

function compute(kind: Kind, x: Tensor, axes: readonly number[], options: ReduceOptions | undefined): Tensor {
  return callOne((ops) => ops.reduce(kind, x.handle, axes, options?.keepDims ?? false));
}

/** A gradient of the reduced shape, as a view of the full one. */
function spread(dy: Tensor, { kept, shape }: Values): Tensor {
  const column = callOne((ops) => ops.reshape(dy.handle, kept));
  return callOne((ops) => ops.expand(column.handle, shape));
}

/**
 * Sum over axes; of integers and booleans as i64.
 * @throws ShapeError for an axis that is not there
 *
 * @example
 * ```ts
 * import { sum, tensor } from 'gridstride';
 * console.log(await sum(tensor([[1, 2], [3, 4]]), { axes: [1] }).toArray()); // [ 3, 7 ]
 * ```
 */
export const sum = defineOp<[x: Tensor, options?: ReduceOptions], Tensor, Values>({
  name: 'sum',
  forward(context, x, options) {
    context.values = plan(x, options);
    return compute('sum', x, plan(x, options).axes, options);
  },
  backward: ({ values }, dy) => [spread(dy!, values), undefined],
});

/** Mean over axes; NaN over no elements. @throws ShapeError for an axis that is not there, DTypeError unless floating */
export const mean = defineOp<[x: Tensor, options?: ReduceOptions], Tensor, Values>({
  name: 'mean',
  forward(context, x, options) {
    context.values = plan(x, options);
    return compute('mean', x, plan(x, options).axes, options);
  },
  backward({ values }, dy) {
    const count = values.shape.reduce((n, size, axis) => (values.kept[axis] === size ? n : n * size), 1);
    return [
      spread(
        callOne((ops) => ops.binary_scalar('mul', dy!.handle, 1 / count, false)),
        values,
      ),
      undefined,
    ];
  },
});

function extremum(kind: 'max' | 'min') {
  return defineOp<[x: Tensor, options?: ReduceOptions], Tensor, Values>({
    name: kind,
    forward(context, x, options) {
      const y = compute(kind, x, plan(x, options).axes, options);
      context.save(x, y);
      context.values = plan(x, options);
      return y;
    },
    backward: ({ saved: [x, y], values }, dy) => [
      callOne((ops) => ops.reduce_select_backward(x!.handle, y!.handle, dy!.handle, values.axes)),
      undefined,
    ],
  });
}

/** Maximum over axes; NaN where there is one. The first of equal elements gets the gradient. @throws ShapeError */
export const max = extremum('max');

/** Minimum over axes; NaN where there is one. The first of equal elements gets the gradient. @throws ShapeError */
export const min = extremum('min');

/**
 * Product over axes; of integers and booleans as i64, 1 over no elements. An element's gradient is the product of the
 * others, also where some are 0.
 * @throws ShapeError for an axis that is not there
 *
 * @example
 * ```ts
 * import { prod, tensor } from 'gridstride';
 * console.log(await prod(tensor([[1, 2], [3, 4]]), { axes: [1] }).toArray()); // [ 2, 12 ]
 * ```
 */
export const prod = defineOp<[x: Tensor, options?: ReduceOptions], Tensor, Values>({
  name: 'prod',
  forward(context, x, options) {
    context.save(x);
    context.values = plan(x, options);
    return compute('prod', x, context.values.axes, options);
  },
  backward: ({ saved: [x], values }, dy) => [
    callOne((ops) => ops.reduce_prod_backward(x!.handle, dy!.handle, values.axes)),
    undefined,
  ],
});
