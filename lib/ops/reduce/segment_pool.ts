import { defineOp } from '../../autograd/define_op.js';
import type { Segments } from '../../tensor/segments.js';
import { callAll, callOne, type Tensor } from '../../tensor/tensor.js';
import { ShapeError } from '../../util/errors.js';

/** What {@link segmentPool} takes of each sequence. */
export type PoolKind = 'mean' | 'max' | 'first' | 'last';

const pool = defineOp<[x: Tensor, cuSeqlens: Tensor, kind: PoolKind], Tensor, { rows: number; kind: PoolKind }>({
  name: 'segmentPool',
  forward(context, x, cuSeqlens, kind) {
    const [y, argMax] = callAll((ops) => ops.segment_pool_forward(x.handle, cuSeqlens.handle, kind));
    context.save(cuSeqlens, argMax);
    context.values = { rows: x.shape[0]!, kind };
    if (!context.isRecording) argMax?.dispose();
    return y!;
  },
  backward: ({ saved: [cuSeqlens, argMax], values: { rows, kind } }, dy) => [
    callOne((ops) => ops.segment_pool_backward(dy!.handle, cuSeqlens!.handle, argMax?.handle, rows, kind)),
    undefined,
    undefined,
  ],
});

/**
 * One row per sequence of a packed batch: the mean, maximum, first or last of its rows; zeros for an empty sequence.
 * @param x (T, C)
 * @returns (B, C)
 * @throws ShapeError when x has fewer rows than the segments, DTypeError unless x is floating
 *
 * @example
 * ```ts
 * import { segmentPool, Segments, tensor } from 'gridstride';
 * const x = tensor([[1, 2], [3, 4], [5, 6]], { device: 'cpu' });
 * const y = segmentPool(x, Segments.fromLengths([2, 1], 'cpu'), 'mean');
 * console.log(await y.toArray()); // [ [ 2, 3 ], [ 5, 6 ] ]
 * ```
 */
export function segmentPool(x: Tensor, segments: Segments, kind: PoolKind): Tensor {
  if (x.rank === 2 && x.shape[0]! < segments.total)
    throw new ShapeError(`segment_pool: x must have a row per token, got ${x.shape[0]} rows for ${segments.total}`, {
      rows: x.shape[0],
      tokens: segments.total,
    });
  return pool(x, segments.cuSeqlens, kind);
}
