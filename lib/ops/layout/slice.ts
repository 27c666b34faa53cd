import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';
import { ShapeError } from '../../util/errors.js';

const normalized = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/**
 * A view of the elements [begin, end) along an axis; negative positions count from the end.
 * @throws ShapeError when the range does not lie within the axis
 *
 * @example
 * ```ts
 * import { slice, tensor } from 'gridstride';
 * console.log(await slice(tensor([1, 2, 3, 4]), 0, 1, -1).toArray()); // [ 2, 3 ]
 * ```
 */
export const slice = defineOp<
  [x: Tensor, axis: number, begin: number, end: number],
  Tensor,
  { axis: number; before: number; after: number }
>({
  name: 'slice',
  forward(context, x, axis, begin, end) {
    const y = callOne((ops) => ops.slice(x.handle, axis, begin, end));
    const at = normalized(axis, x.rank);
    const before = begin < 0 ? begin + x.shape[at]! : begin;
    context.values = { axis: at, before, after: x.shape[at]! - before - y.shape[at]! };
    return y;
  },
  backward: ({ values }, dy) => [
    callOne((ops) => ops.pad(dy!.handle, values.axis, values.before, values.after)),
    undefined,
    undefined,
    undefined,
  ],
});

/** What {@link split} needs beside the input. */
interface Parts {
  axis: number;
  sizes: readonly number[];
  shape: readonly number[];
}

const views = defineOp<[x: Tensor, axis: number, sizes: readonly number[]], readonly Tensor[], Parts>({
  name: 'split',
  forward(context, x, axis, sizes) {
    const at = normalized(axis, x.rank);
    context.values = { axis: at, sizes, shape: x.shape };
    let begin = 0;
    return sizes.map((size) => {
      begin += size;
      return callOne((ops) => ops.slice(x.handle, at, begin - size, begin));
    });
  },
  backward({ values: { axis, sizes, shape } }, ...grads) {
    const { dtype, device } = grads.find((g) => g !== undefined)!;
    const parts = sizes.map(
      (size, i) => grads[i] ?? callOne((ops) => ops.fill(shape.with(axis, size), 0, dtype, device)),
    );
    const handles = parts.map((part) => part.handle);
    return [callOne((ops) => ops.concat(handles, axis)), undefined, undefined];
  },
});

/**
 * Views of consecutive parts along an axis. Their gradients are joined in one pass.
 * @param parts how many equal parts, or the size of each
 * @throws ShapeError when the sizes do not add up to the axis's
 *
 * @example
 * ```ts
 * import { split, zeros } from 'gridstride';
 * const [q, k, v] = split(zeros([5, 3, 4, 2]), 1, 3);
 * console.log(q!.shape, k!.shape, v!.shape); // [ 5, 1, 4, 2 ] [ 5, 1, 4, 2 ] [ 5, 1, 4, 2 ]
 * ```
 */
export function split(x: Tensor, axis: number, parts: number | readonly number[]): readonly Tensor[] {
  const size = x.shape[normalized(axis, x.rank)];
  if (size === undefined)
    throw new ShapeError(`split: axis must lie in [${-x.rank}, ${x.rank}), got ${axis}`, { axis, rank: x.rank });
  const sizes = typeof parts === 'number' ? Array.from({ length: parts }, () => size / parts) : parts;
  const sum = sizes.reduce((total, n) => total + n, 0);
  if (sum !== size || !sizes.every((n) => Number.isInteger(n) && n >= 0))
    throw new ShapeError(`split: parts must be whole and add up to ${size}, got ${sizes.join(' + ')}`, { size, sizes });
  return views(x, axis, sizes);
}
