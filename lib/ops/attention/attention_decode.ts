import { Segments } from '../../tensor/segments.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';
import { ConfigError } from '../../util/errors.js';
import { checkIds } from '../embedding/check_ids.js';
import type { RelativeBias } from './attention.js';
import { checkRows } from './check_rows.js';
import { checkInferenceOnly } from './inference_only.js';

/** Options of {@link attentionDecode}. */
export interface AttentionDecodeOptions {
  /** Sequences of the queries: the newest tokens of each, mostly one. */
  q: Segments;
  /** Pages of each sequence in order, i32 (B, most pages of a sequence); what lies past its length is not read. */
  pageTable: Tensor;
  /** Keys of each sequence in the cache, its newest tokens among them: i32 (B). */
  kvLengths: Tensor;
  /** Factor of the scores; by default 1 / √D. */
  scale?: number;
  /** Greatest distance between a query and the keys it sees. */
  window?: number;
  /** Added to the scores by distance: `row` (Tq or 1, H, buckets), f32 or q's dtype, and `bucketOf`. */
  bias?: Omit<RelativeBias, 'col'>;
}

/** Keys of all sequences as far as the host knows them, for the op's cost. */
function countKeys(kvLengths: Tensor, capacity: number): number {
  const { host } = kvLengths;
  return host === undefined ? kvLengths.size * capacity : Array.from(host, Number).reduce((sum, n) => sum + n, 0);
}

function biasParts(bias: AttentionDecodeOptions['bias']): { row?: Tensor; bucketOf?: Tensor } {
  if (bias === undefined) return {};
  const { row, bucketOf } = bias;
  checkInferenceOnly('attention_decode', { 'bias.row': row, 'bias.bucketOf': bucketOf });
  if ('col' in bias && bias.col !== undefined)
    throw new ConfigError('attention_decode: the bias must be row and bucketOf, got a col: keys have no terms here');
  checkIds('attention_decode', bucketOf, row.shape[2] ?? 0, 0, 'bucketOf');
  return { row, bucketOf };
}

/**
 * Attention of each sequence's newest tokens over a paged cache of keys and values, for inference: key j of sequence b
 * lies in page `pageTable[b][⌊j / page size⌋]`. The last query stands at the last key, and each sees the keys up to its
 * own place; one that sees none gives zeros. Fewer key/value heads than heads are each read by a group of heads. Pages
 * and lengths are read on the device: a captured step replays with what was written into them since. A sequence gives
 * the same bits alone and beside others. A bias by distance (T5's table, ALiBi's slopes) is looked up for each key. Put
 * new tokens' keys and values there by {@link cacheAppend} first (pages: Kwon et al., arXiv 2309.06180).
 * @param q (Tq, H, D), D at most 256
 * @param kCache (pages, page size, Hkv, D), q's dtype
 * @param vCache (pages, page size, Hkv, D)
 * @returns (Tq, H, D)
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit, ConfigError without segments, DataError for
 * what is no tensor and for lengths or pages out of range (at the next read where the host does not know them),
 * UnsupportedOpError where a gradient is asked for
 *
 * @example
 * ```ts
 * import { attentionDecode, cacheAppend, randn, Segments, tensor, zeros } from 'gridstride';
 * const on = { device: 'cpu' };
 * const [keys, values] = [zeros([4, 16, 2, 8], on), zeros([4, 16, 2, 8], on)]; // 4 pages of 16 tokens
 * const ints = (data: number[], shape: number[]) => tensor(data, { dtype: 'i32', shape, ...on });
 * cacheAppend(keys, values, randn([3, 2, 8], on), randn([3, 2, 8], on), ints([32, 33, 34], [3])); // page 2
 * const options = { q: Segments.fromLengths([1], 'cpu'), pageTable: ints([2], [1, 1]), kvLengths: ints([3], [1]) };
 * console.log(attentionDecode(randn([1, 2, 8], on), keys, values, options).shape); // [ 1, 2, 8 ]
 * ```
 */
export function attentionDecode(q: Tensor, kCache: Tensor, vCache: Tensor, options: AttentionDecodeOptions): Tensor {
  if (!(options?.q instanceof Segments))
    throw new ConfigError(`attention_decode: options.q must be Segments, got ${typeof options?.q}`);
  const { q: segments, pageTable, kvLengths, window = -1 } = options;
  checkInferenceOnly('attention_decode', { q, kCache, vCache, pageTable, kvLengths });
  checkRows('attention_decode', 'q', q, segments);
  const capacity = (pageTable.shape[1] ?? 0) * (kCache.shape[1] ?? 0);
  checkIds('attention_decode', kvLengths, capacity + 1, 0, 'kvLengths');
  const { row, bucketOf } = biasParts(options.bias);
  return callOne((ops) =>
    ops.attention_decode(
      q.handle,
      kCache.handle,
      vCache.handle,
      segments.cuSeqlens.handle,
      pageTable.handle,
      kvLengths.handle,
      row?.handle,
      bucketOf?.handle,
      segments.maxLength,
      window,
      options.scale ?? 1 / Math.sqrt(q.shape[2] ?? 1),
      countKeys(kvLengths, capacity),
    ),
  );
}
