import { callOne, type Shape, type Tensor } from '../tensor/tensor.js';

/** Sums a gradient over the axes its operand was broadcast along, back to `shape`. @internal */
export function reduceTo(gradient: Tensor, shape: Shape): Tensor {
  const missing = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((size, axis) =>
    axis < missing || (shape[axis - missing] === 1 && size !== 1) ? [axis] : [],
  );
  if (axes.length === 0) return gradient;
  const summed = callOne((ops) => ops.reduce('sum', gradient.handle, axes, true));
  return callOne((ops) => ops.reshape(summed.handle, shape));
}
