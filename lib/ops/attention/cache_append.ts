import { callAll, type Tensor } from '../../tensor/tensor.js';
import { checkIds } from '../embedding/check_ids.js';
import { checkInferenceOnly } from './inference_only.js';

/**
 * Puts the keys and values of new tokens into a paged cache, in place, both in one launch: token t goes to slot
 * `slots[t]` = page · page size + place in the page; -1 puts it nowhere. The slots of a call must differ, -1 aside.
 * Slots are read on the device: a captured step replays with what was written into them since.
 * @param kCache (pages, page size, Hkv, D), contiguous
 * @param vCache (pages, page size, Hkv, D), contiguous
 * @param k (T, Hkv, D), the caches' dtype
 * @param v (T, Hkv, D)
 * @param slots (T), i32
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit, DataError for a slot out of range (at the
 * next read where the host does not know them) and for what is no tensor, UnsupportedOpError where a gradient is asked
 * for
 *
 * @example
 * ```ts
 * import { cacheAppend, tensor, zeros } from 'gridstride';
 * const [keys, values] = [zeros([2, 2, 1, 1]), zeros([2, 2, 1, 1])]; // 2 pages of 2 tokens
 * const [k, v] = [tensor([[[1]], [[2]]]), tensor([[[3]], [[4]]])];
 * cacheAppend(keys, values, k, v, tensor([3, 0], { dtype: 'i32' }));
 * console.log(Array.from(await keys.data(), Number)); // [ 2, 0, 0, 1 ]
 * ```
 */
export function cacheAppend(kCache: Tensor, vCache: Tensor, k: Tensor, v: Tensor, slots: Tensor): void {
  checkInferenceOnly('cache_append', { kCache, vCache, k, v, slots });
  checkIds('cache_append', slots, (kCache.shape[0] ?? 0) * (kCache.shape[1] ?? 0), -1, 'slots');
  callAll((ops) => ops.cache_append(kCache.handle, vCache.handle, k.handle, v.handle, slots.handle));
}
