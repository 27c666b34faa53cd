import type { Segments } from '../../tensor/segments.js';
import type { Tensor } from '../../tensor/tensor.js';
import { ShapeError } from '../../util/errors.js';

/** Checks that x (T, heads, D) has a row for each token of its sequences. @throws ShapeError @internal */
export function checkRows(op: string, name: string, x: Tensor, segments: Segments): void {
  if (x.rank === 3 && x.shape[0]! < segments.total)
    throw new ShapeError(`${op}: ${name} must have a row per token, got ${x.shape[0]} for ${segments.total}`, {
      rows: x.shape[0],
      tokens: segments.total,
    });
}
