#include "kernels/attention/cache_append.h"

#include "native/ops/attention/dense_tokens.h"
#include "native/ops/attention/paged_cache.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

namespace {

void check_rows(const Tensor& k_cache, const Tensor& k, const Tensor& v, const Tensor& slots) {
  check_rank("cache_append", "k", k, 3);
  check_shape("cache_append", "k", k, {k.shape[0], k_cache.shape[2], k_cache.shape[3]});
  check_shape("cache_append", "v", v, k.shape);
  check_dtype("cache_append", "the slots", slots, DType::i32);
  check_shape("cache_append", "the slots", slots, {k.shape[0]});
}

}  // namespace

// Writes k and v over the slots of the caches, in place.
void cache_append(const Tensor& k_cache, const Tensor& v_cache, const Tensor& k_view, const Tensor& v_view,
                  const Tensor& slots) {
  check_caches("cache_append", k_cache, v_cache);
  check_rows(k_cache, k_view, v_view, slots);
  check_same_dtype("cache_append", {&k_cache, &v_cache, &k_view, &v_view});
  check_same_device("cache_append", {&k_cache, &v_cache, &k_view, &v_view, &slots});
  if (!k_cache.is_contiguous() || !v_cache.is_contiguous())
    fail_shape("cache_append", "the caches must be contiguous, got views of " + k_cache.shape.text());
  const Tensor k = with_dense_tokens(k_view), v = with_dense_tokens(v_view);
  Launch<CacheAppendArgs> launch(OpId::cache_append);
  auto& args = launch.args;
  launch.read(args.k, k);
  launch.read(args.v, v);
  launch.read(args.slots, contiguous(slots));
  launch.update(args.k_cache, k_cache);
  launch.update(args.v_cache, v_cache);
  args.tokens = k.shape[0];
  args.row = k.shape[1] * k.shape[2];
  args.slot_count = k_cache.shape[0] * k_cache.shape[1];
  args.k_stride = k.strides[0];
  args.v_stride = v.strides[0];
  args.dtype = k.dtype;
  launch.submit(0, 4.0 * static_cast<double>(k.numel() * dtype_size(k.dtype)) + 4.0 * static_cast<double>(args.tokens));
}
GS_EXPORT_OP(cache_append, "k_cache", "v_cache", "k", "v", "slots")

}  // namespace gridstride::ops
