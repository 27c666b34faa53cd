import { defineOp } from '../../autograd/define_op.js';
import type { DType } from '../../tensor/dtype.js';
import { callAll, callOne, type Tensor } from '../../tensor/tensor.js';
import { type DropoutStream, type FusedDropoutOptions, takeDropout } from '../random/fused_dropout.js';
import { checkIds } from './check_ids.js';

/** A table and which of its rows to take. */
export interface EmbeddingRows {
  /** (V, C); without ids (...ids, C). */
  table: Tensor;
  /** i64 or i32 of any shape, in [0, V); when absent, the rows are taken as they are. */
  ids?: Tensor | undefined;
  /** This id's row gets no gradient. */
  paddingIdx?: number | undefined;
}

/** The tables whose rows {@link embeddings} adds. */
export interface EmbeddingTables {
  words: EmbeddingRows;
  positions?: EmbeddingRows | undefined;
  types?: EmbeddingRows | undefined;
}

/** Options of {@link embeddings}; dropout is of its result. */
export interface EmbeddingsOptions extends FusedDropoutOptions {
  /** Layer norm of the sum: gamma and beta (C), eps by default 1e-12. None when absent. */
  norm?: { gamma: Tensor; beta?: Tensor; eps?: number };
  /** Element type of the result; by default that of the words' table. */
  dtype?: DType;
}

interface Values extends DropoutStream {
  eps: number;
  dtype: DType;
  /** Rows and padding id of words, positions and types. */
  tables: readonly { size: number; paddingIndex: number }[];
}

type Optional = Tensor | undefined;
type Arguments = [
  words: Tensor,
  positions: Optional,
  types: Optional,
  gamma: Optional,
  beta: Optional,
  ids: readonly Optional[],
  state: Optional,
  values: Values,
];

const fused = defineOp<Arguments, Tensor, Values>({
  name: 'embeddings',
  forward(context, words, positions, types, gamma, beta, ids, state, values) {
    const [y, sum, mean, invStd] = callAll((ops) =>
      ops.embeddings_forward(
        words.handle,
        ids[0]?.handle,
        positions?.handle,
        ids[1]?.handle,
        types?.handle,
        ids[2]?.handle,
        gamma?.handle,
        beta?.handle,
        state?.handle,
        values.delta,
        values.p,
        values.eps,
        context.isRecording,
        values.dtype,
      ),
    );
    context.save(gamma, sum, mean, invStd, state, ...ids);
    context.values = values;
    return y!;
  },
  backward({ saved: [gamma, sum, mean, invStd, state, ...ids], values, needs }, gradient) {
    const { delta, p, tables } = values;
    const dropped = p > 0 ? callOne((ops) => ops.dropout(gradient!.handle, state!.handle, delta, p)) : gradient!;
    const wantsSum = needs[0]! || needs[1]! || needs[2]!;
    const [dsum, , dgamma, dbeta] =
      gamma === undefined
        ? [dropped]
        : callAll((ops) =>
            ops.layer_norm_backward(
              dropped.handle,
              sum!.handle,
              gamma.handle,
              mean!.handle,
              invStd!.handle,
              undefined,
              0,
              0,
              wantsSum,
              false,
              needs[3]!,
              needs[4]!,
            ),
          );
    const dtables = tables.map(({ size, paddingIndex }, k) => {
      if (needs[k] !== true || ids[k] === undefined) return dsum;
      return callOne((ops) => ops.embedding_backward(dsum!.handle, ids[k]!.handle, size, paddingIndex));
    });
    return [...dtables, dgamma, dbeta, undefined, undefined, undefined];
  },
});

/**
 * Rows of up to three tables added, layer norm of the sum, dropout of that: the input of an encoder in one pass over
 * memory.
 * @returns (...ids, C)
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit, ConfigError for dropout out of range, DataError for
 * an id out of range (at the next read when the host does not know the ids)
 *
 * @example
 * ```ts
 * import { embeddings, tensor } from 'gridstride';
 * const words = { table: tensor([[1, 2], [3, 4]]), ids: tensor([1, 0], { dtype: 'i32' }) };
 * const positions = { table: tensor([[10, 20], [30, 40]]) };
 * console.log(await embeddings({ words, positions }).toArray()); // [ [ 13, 24 ], [ 31, 42 ] ]
 * ```
 */
export function embeddings(tables: EmbeddingTables, options: EmbeddingsOptions = {}): Tensor {
  const { words, positions, types } = tables;
  const { norm, dtype = words.table.dtype } = options;
  const all = [words, positions, types];
  for (const rows of all)
    if (rows?.ids !== undefined && rows.table.rank === 2) checkIds('embeddings', rows.ids, rows.table.shape[0]!, 0);
  const { state, stream } = takeDropout(resultSize(words), words.table.device, options);
  const values = {
    ...stream,
    eps: norm?.eps ?? 1e-12,
    dtype,
    tables: all.map((rows) => ({ size: rows?.table.shape[0] ?? 0, paddingIndex: rows?.paddingIdx ?? -1 })),
  };
  const ids = all.map((rows) => rows?.ids);
  return fused(words.table, positions?.table, types?.table, norm?.gamma, norm?.beta, ids, state, values);
}

function resultSize({ table, ids }: EmbeddingRows): number {
  return ids === undefined ? table.size : ids.size * (table.shape.at(-1) ?? 0);
}
