import { defineOp } from '../../autograd/define_op.js';
import type { DType } from '../../tensor/dtype.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';
import { checkIds } from './check_ids.js';

/** Options of {@link embedding}. */
export interface EmbeddingOptions {
  /** This id's row gets no gradient. */
  paddingIdx?: number;
  /** Whether the id -1 stands for a row of zeros. */
  allowMissing?: boolean;
  /** Element type of the result; by default the table's. */
  dtype?: DType;
}

interface Values {
  vocabulary: number;
  paddingIndex: number;
  allowMissing: boolean;
}

const fused = defineOp<[table: Tensor, ids: Tensor, values: Values, dtype: DType], Tensor, Values>({
  name: 'embedding',
  forward(context, table, ids, values, dtype) {
    context.save(ids);
    context.values = values;
    return callOne((ops) => ops.embedding_forward(table.handle, ids.handle, values.allowMissing, dtype));
  },
  backward({ saved: [ids], values: { vocabulary, paddingIndex } }, dy) {
    const dtable = callOne((ops) => ops.embedding_backward(dy!.handle, ids!.handle, vocabulary, paddingIndex));
    return [dtable, undefined, undefined, undefined];
  },
});

/**
 * Rows of a table by id.
 * @param table (V, C)
 * @param ids i64 or i32 of any shape, in [0, V)
 * @returns (...ids, C)
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit, DataError for an id out of range (at the next
 * read when the host does not know the ids)
 *
 * @example
 * ```ts
 * import { embedding, tensor } from 'gridstride';
 * const table = tensor([[1, 2], [3, 4]]);
 * console.log(await embedding(table, tensor([1, 0, 1], { dtype: 'i32' })).toArray()); // [ [ 3, 4 ], [ 1, 2 ], [ 3, 4 ] ]
 * ```
 */
export function embedding(table: Tensor, ids: Tensor, options: EmbeddingOptions = {}): Tensor {
  const { paddingIdx = -1, allowMissing = false, dtype = table.dtype } = options;
  const vocabulary = table.shape[0] ?? 0;
  if (table.rank === 2) checkIds('embedding', ids, vocabulary, allowMissing ? -1 : 0);
  return fused(table, ids, { vocabulary, paddingIndex: paddingIdx, allowMissing }, dtype);
}
