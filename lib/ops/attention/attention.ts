import { defineOp } from '../../autograd/define_op.js';
import { defaultGenerator, type Generator } from '../../tensor/random.js';
import type { Segments } from '../../tensor/segments.js';
import { callAll, type Tensor } from '../../tensor/tensor.js';
import { ConfigError, ShapeError } from '../../util/errors.js';

/** Options of {@link attention}. */
export interface AttentionOptions {
  /** Sequences of the queries. */
  q: Segments;
  /** Sequences of keys and values; by default those of the queries (self-attention). */
  kv?: Segments;
  /** Factor of the scores; by default 1 / sqrt(D). */
  scale?: number;
  /** Whether a query sees no later key; the last query stands at the last key. */
  isCausal?: boolean;
  /** Largest distance of query and key; by default any. */
  window?: number;
  /** Added to the scores; broadcasts to (B, H, longest query, longest key), f32 or the dtype of q. */
  bias?: Tensor;
  /** Chance to zero a probability. */
  dropout?: number;
  /** Where dropout draws from; by default the device's generator. */
  generator?: Generator;
}

interface Settings {
  qCuSeqlens: Tensor;
  kvCuSeqlens: Tensor;
  maxSq: number;
  maxSkv: number;
  scale: number;
  isCausal: boolean;
  window: number;
  dropout: number;
  state: Tensor | undefined;
  delta: number;
}

type Arguments = [q: Tensor, k: Tensor, v: Tensor, bias: Tensor | undefined, settings: Settings];

const recorded = defineOp<Arguments, Tensor, Settings>({
  name: 'attention',
  forward(context, q, k, v, bias, settings) {
    const { maxSq, maxSkv, scale, isCausal, window, dropout, state, delta } = settings;
    const [o, lse] = callAll((ops) =>
      ops.attention_forward(
        q.handle,
        k.handle,
        v.handle,
        settings.qCuSeqlens.handle,
        settings.kvCuSeqlens.handle,
        bias?.handle,
        maxSq,
        maxSkv,
        scale,
        isCausal,
        window,
        dropout,
        state?.handle,
        delta,
        context.isRecording,
      ),
    );
    context.save(q, k, v, bias, o, lse, settings.qCuSeqlens, settings.kvCuSeqlens, state);
    context.values = settings;
    return o!;
  },
  backward({ saved: [q, k, v, bias, o, lse, qCuSeqlens, kvCuSeqlens, state], values, needs }, dy) {
    const { maxSq, maxSkv, scale, isCausal, window, dropout, delta } = values;
    const [dq, dk, dv, dbias] = callAll((ops) =>
      ops.attention_backward(
        q!.handle,
        k!.handle,
        v!.handle,
        o!.handle,
        dy!.handle,
        lse!.handle,
        qCuSeqlens!.handle,
        kvCuSeqlens!.handle,
        bias?.handle,
        maxSq,
        maxSkv,
        scale,
        isCausal,
        window,
        dropout,
        state?.handle,
        delta,
        needs[3]!,
      ),
    );
    return [dq, dk, dv, dbias, undefined];
  },
});

/** Counters of a call: one for four keys of each query and head. */
function countersOf(batch: number, heads: number, maxSq: number, maxSkv: number): number {
  return batch * heads * maxSq * Math.ceil(maxSkv / 4);
}

/**
 * Scaled dot-product attention over packed sequences, blocked: no matrix of queries by keys is kept. A query that sees
 * no key gives zeros.
 * @param q (Tq, H, D); views into a fused projection need no copy
 * @param k (Tk, Hkv, D), Hkv divides H
 * @param v (Tk, Hkv, D)
 * @returns (Tq, H, D)
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit; ConfigError for an option out of range
 *
 * Source: Dao, "FlashAttention-2" (arXiv 2307.08691).
 *
 * @example
 * ```ts
 * import { attention, ones, Segments } from 'gridstride';
 * const x = ones([5, 2, 4]); // 5 tokens, 2 heads of size 4
 * const y = attention(x, x, x, { q: Segments.fromLengths([3, 2], x.device), isCausal: true });
 * console.log(y.shape); // [ 5, 2, 4 ]
 * ```
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
  const kv = options.kv ?? options.q;
  const { dropout = 0, window = -1 } = options;
  if (!(dropout >= 0 && dropout <= 1)) throw new ConfigError(`attention: dropout must lie in [0, 1], got ${dropout}`);
  if (!Number.isInteger(window) || window < -1)
    throw new ConfigError(`attention: window must be a whole number of at least 0, got ${window}`);
  if (q.shape[0]! < options.q.total || k.shape[0]! < kv.total)
    throw new ShapeError(
      `attention: the segments must fit the tokens, got ${options.q.total} and ${kv.total} in ${q.shape[0]} and ${k.shape[0]}`,
    );
  const generator = dropout > 0 ? (options.generator ?? defaultGenerator(q.device)) : undefined;
  const [maxSq, maxSkv] = [options.q.maxLength, kv.maxLength];
  return recorded(q, k, v, options.bias, {
    qCuSeqlens: options.q.cuSeqlens,
    kvCuSeqlens: kv.cuSeqlens,
    maxSq,
    maxSkv,
    scale: options.scale ?? 1 / Math.sqrt(q.shape[2] ?? 1),
    isCausal: options.isCausal ?? false,
    window,
    dropout,
    state: generator?.state,
    delta: generator?.take(countersOf(options.q.batch, q.shape[1] ?? 0, maxSq, maxSkv)) ?? 0,
  });
}
