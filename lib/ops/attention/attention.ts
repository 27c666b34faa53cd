import { defineOp } from '../../autograd/define_op.js';
import { defaultGenerator, type Generator } from '../../tensor/random.js';
import { Segments } from '../../tensor/segments.js';
import { callAll, Tensor } from '../../tensor/tensor.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { checkIds } from '../embedding/check_ids.js';
import { reduceTo } from '../reduce_to.js';
import { checkRows } from './check_rows.js';

/**
 * A bias by distance: query i and key j get `row[i, h, c] + col[j, h, c]`, where c is `bucketOf` their distance. T5's
 * table is a row that all tokens share; DeBERTa's content-to-position term Q Krᵀ is a row per query, its
 * position-to-content term K Qrᵀ a col per key: products made outside, linear in the sequence.
 */
export interface RelativeBias {
  /** (Tq or 1, H, buckets), f32 or q's dtype. */
  row: Tensor;
  /** (Tkv or 1, H, buckets) in row's dtype. */
  col?: Tensor;
  /**
   * i32 (2 reach + 1), the bucket of key position less query position from -reach to reach; what lies further has that
   * of the reach. `t5Buckets` and `debertaBuckets` make such tables.
   */
  bucketOf: Tensor;
}

/** Options of {@link attention}. */
export interface AttentionOptions {
  /** Sequences of the queries. */
  q: Segments;
  /** Sequences of the keys and values; by default the queries'. */
  kv?: Segments;
  /** Factor of the scores; by default 1 / √D. */
  scale?: number;
  /** Whether a query sees no later key; the last query stands at the last key. */
  isCausal?: boolean;
  /** Greatest distance between a query and the keys it sees. */
  window?: number;
  /** Keys that are seen outside of the window too, as far as `isCausal` lets them: bool or u8 (Tkv). */
  globalKeys?: Tensor;
  /** Added to the scores: a tensor broadcasts to (B, H, longest q, longest kv), f32 or q's dtype. */
  bias?: Tensor | RelativeBias;
  /** Chance to drop a probability, in [0, 1]; by default 0. */
  dropout?: number;
  /** Where dropout's numbers come from; by default the device's default generator. */
  generator?: Generator;
}

/** Plain values of a call, as the native op takes them. */
interface Values {
  maxSq: number;
  maxSkv: number;
  window: number;
  delta: number;
  scale: number;
  dropout: number;
  pairs: number;
  isCausal: boolean;
}

type Arguments = [
  q: Tensor,
  k: Tensor,
  v: Tensor,
  bias: Tensor | undefined,
  row: Tensor | undefined,
  col: Tensor | undefined,
  bucketOf: Tensor | undefined,
  globalKeys: Tensor | undefined,
  qCu: Tensor,
  kvCu: Tensor,
  state: Tensor | undefined,
  values: Values,
];

const fused = defineOp<Arguments, Tensor, Values>({
  name: 'attention',
  forward(context, q, k, v, bias, row, col, bucketOf, globalKeys, qCu, kvCu, state, values) {
    const [o, lse] = callAll((ops) =>
      ops.attention_forward(
        q.handle,
        k.handle,
        v.handle,
        qCu.handle,
        kvCu.handle,
        bias?.handle,
        row?.handle,
        col?.handle,
        bucketOf?.handle,
        globalKeys?.handle,
        state?.handle,
        values.maxSq,
        values.maxSkv,
        values.window,
        values.delta,
        values.scale,
        values.dropout,
        values.pairs,
        values.isCausal,
        context.isRecording,
      ),
    );
    context.save(q, k, v, bias, row, col, bucketOf, globalKeys, qCu, kvCu, state, o, lse);
    context.values = values;
    return o!;
  },
  backward({ saved, values, needs }, gradient) {
    const [q, k, v, bias, row, col, bucketOf, globalKeys, qCu, kvCu, state, o, lse] = saved;
    const [dq, dk, dv, dbias, dRow, dCol] = callAll((ops) =>
      ops.attention_backward(
        q!.handle,
        k!.handle,
        v!.handle,
        qCu!.handle,
        kvCu!.handle,
        bias?.handle,
        row?.handle,
        col?.handle,
        bucketOf?.handle,
        globalKeys?.handle,
        state?.handle,
        o!.handle,
        lse!.handle,
        gradient!.handle,
        values.maxSq,
        values.maxSkv,
        values.window,
        values.delta,
        values.scale,
        values.dropout,
        values.pairs,
        values.isCausal,
        needs[3]!,
        needs[4]!,
        needs[5]!,
      ),
    );
    const none = Array.from({ length: 6 }, () => undefined);
    return [dq, dk, dv, dbias, dRow && reduceTo(dRow, row!.shape), dCol && reduceTo(dCol, col!.shape), ...none];
  },
});

/** Number of (query, key) pairs that meet, for the op's cost. */
function countPairs(q: Segments, kv: Segments, isCausal: boolean): number {
  let pairs = 0;
  q.lengths.forEach((sq, b) => {
    const skv = kv.lengths[b] ?? 0;
    pairs += isCausal ? Math.max(0, sq * skv - (sq * (sq - 1)) / 2) : sq * skv;
  });
  return pairs;
}

function checkArguments(tensors: Readonly<Record<string, unknown>>, options: AttentionOptions | undefined): void {
  for (const [name, x] of Object.entries(tensors))
    if (!(x instanceof Tensor)) throw new DataError(`attention: ${name} must be a tensor, got ${typeof x}`);
  for (const [name, segments] of Object.entries({ q: options?.q, kv: options?.kv ?? options?.q }))
    if (!(segments instanceof Segments))
      throw new ConfigError(`attention: options.${name} must be Segments, got ${typeof segments}`);
}

/** The parts of a bias as the op takes them. */
function biasParts(bias: Tensor | RelativeBias | undefined): Partial<RelativeBias> & { dense?: Tensor } {
  if (bias === undefined) return {};
  if (bias instanceof Tensor) return { dense: bias };
  const { row, col, bucketOf } = bias;
  for (const [name, x] of Object.entries({ row, bucketOf, ...(col !== undefined && { col }) }))
    if (!(x instanceof Tensor)) throw new DataError(`attention: bias.${name} must be a tensor, got ${typeof x}`);
  checkIds('attention', bucketOf, row.shape[2] ?? 0, 0);
  return bias;
}

/**
 * softmax(scale · Q Kᵀ + bias) V within each sequence of a packed batch, without the matrix of scores; keys of other
 * sequences are never seen (Dao, FlashAttention-2, arXiv 2307.08691). A query that sees no key gives zeros. Fewer
 * key/value heads than heads are each read by a group of heads.
 * @param q (Tq, H, D); views of a fused projection need no copy
 * @param k (Tkv, Hkv, D)
 * @param v (Tkv, Hkv, D)
 * @returns (Tq, H, D)
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit, ConfigError without segments and for dropout out of
 * range, DataError for what is no tensor
 *
 * @example
 * ```ts
 * import { attention, randn, Segments } from 'gridstride';
 * const [q, k, v] = [0, 1, 2].map(() => randn([5, 2, 8], { device: 'cpu' }));
 * const y = attention(q!, k!, v!, { q: Segments.fromLengths([3, 2], 'cpu'), isCausal: true });
 * console.log(y.shape); // [ 5, 2, 8 ]
 * ```
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
  checkArguments({ q, k, v }, options);
  const { kv = options.q, isCausal = false, window = -1, dropout = 0, globalKeys } = options;
  const segments = options.q;
  checkRows('attention', 'q', q, segments);
  checkRows('attention', 'k', k, kv);
  const { dense, row, col, bucketOf } = biasParts(options.bias);
  if (globalKeys !== undefined && !(globalKeys instanceof Tensor))
    throw new DataError(`attention: globalKeys must be a tensor, got ${typeof globalKeys}`);
  const generator = dropout > 0 ? (options.generator ?? defaultGenerator(q.device)) : undefined;
  const counters = segments.batch * (q.shape[1] ?? 0) * segments.maxLength * Math.ceil(kv.maxLength / 4);
  const values: Values = {
    maxSq: segments.maxLength,
    maxSkv: kv.maxLength,
    window,
    delta: generator?.take(counters) ?? 0,
    scale: options.scale ?? 1 / Math.sqrt(q.shape[2] ?? 1),
    dropout,
    pairs: countPairs(segments, kv, isCausal),
    isCausal,
  };
  const [qCu, kvCu] = [segments.cuSeqlens, kv.cuSeqlens];
  return fused(q, k, v, dense, row, col, bucketOf, globalKeys, qCu, kvCu, generator?.state, values);
}
