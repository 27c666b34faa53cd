#include "kernels/attention/attention_decode.h"

#include "native/core/device.h"
#include "native/ops/attention/dense_tokens.h"
#include "native/ops/attention/paged_cache.h"
#include "native/ops/attention/relative_terms.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

namespace {

void check_heads(const Tensor& q, const Tensor& k_cache) {
  const int64_t kv_heads = k_cache.shape[2], size = k_cache.shape[3];
  if (q.shape[2] != size)
    fail_shape("attention_decode",
               "q and the caches must share the head size, got " + q.shape.text() + " and " + k_cache.shape.text());
  if (size > kDecodeHeadSize)
    fail_shape("attention_decode",
               "a head must have at most " + std::to_string(kDecodeHeadSize) + " elements, got " + q.shape.text());
  if (kv_heads == 0 || q.shape[1] % kv_heads != 0)
    fail_shape("attention_decode",
               "key/value heads must divide the heads, got " + q.shape.text() + " and " + k_cache.shape.text());
}

void check_sequences(const Tensor& q_cu, const Tensor& page_table, const Tensor& kv_lengths) {
  check_dtype("attention_decode", "the segments", q_cu, DType::i32);
  check_dtype("attention_decode", "the page table", page_table, DType::i32);
  check_dtype("attention_decode", "the lengths", kv_lengths, DType::i32);
  check_rank("attention_decode", "the page table", page_table, 2);
  const int64_t batch = page_table.shape[0];
  check_shape("attention_decode", "the lengths", kv_lengths, {batch});
  check_shape("attention_decode", "cuSeqlens", q_cu, {batch + 1});
}

void read_bias(Launch<AttentionDecodeArgs>* launch, const std::optional<Tensor>& row_input,
               const std::optional<Tensor>& bucket_of, const Tensor& q) {
  if (!row_input && !bucket_of) return;
  if (!row_input || !bucket_of)
    throw Error(ErrorCode::kConfig, "attention_decode: the bias must be row and bucketOf, got one of them");
  check_same_device("attention_decode", {&q, &*row_input, &*bucket_of});
  check_row_and_buckets("attention_decode", *row_input, *bucket_of, q);
  const Tensor row = with_dense_buckets(*row_input);
  launch->args.bias = relative_bias(row, {}, *bucket_of);
  launch->read(launch->args.bias.row.data, row);
  launch->read(launch->args.bias.bucket_of, contiguous(*bucket_of));
}

}  // namespace

// o, of q's shape. `keys`: of all sequences, for the op's cost; `window` -1: none.
Tensor attention_decode(const Tensor& q_view, const Tensor& k_view, const Tensor& v_view, const Tensor& q_cu_seqlens,
                        const Tensor& pages_of, const Tensor& lengths, const std::optional<Tensor>& row,
                        const std::optional<Tensor>& bucket_of, int64_t max_sq, int64_t window, double scale,
                        double keys) {
  check_floating("attention_decode", q_view);
  check_rank("attention_decode", "q", q_view, 3);
  check_caches("attention_decode", k_view, v_view);
  check_same_dtype("attention_decode", {&q_view, &k_view, &v_view});
  check_same_device("attention_decode", {&q_view, &k_view, &v_view, &q_cu_seqlens, &pages_of, &lengths});
  check_heads(q_view, k_view);
  check_sequences(q_cu_seqlens, pages_of, lengths);
  const Tensor q = with_dense_tokens(q_view), k_cache = contiguous(k_view), v_cache = contiguous(v_view);
  const Tensor o = empty(q.device(), q.dtype, q.shape);
  Launch<AttentionDecodeArgs> launch(OpId::attention_decode);
  auto& args = launch.args;
  launch.read(args.q, q);
  launch.read(args.k_cache, k_cache);
  launch.read(args.v_cache, v_cache);
  launch.read(args.q_cu_seqlens, contiguous(q_cu_seqlens));
  launch.read(args.page_table, contiguous(pages_of));
  launch.read(args.kv_lengths, contiguous(lengths));
  read_bias(&launch, row, bucket_of, q);
  launch.write(args.o, o);
  args.batch = pages_of.shape[0];
  args.heads = q.shape[1];
  args.kv_heads = k_cache.shape[2];
  args.head_size = q.shape[2];
  args.q_tokens = q.shape[0];
  args.max_sq = max_sq;
  args.pages = k_cache.shape[0];
  args.page_size = k_cache.shape[1];
  args.max_pages = pages_of.shape[1];
  args.q_stride = q.strides[0];
  args.window = window;
  args.scale = scale;
  args.dtype = q.dtype;
  const double cached = 2.0 * keys * static_cast<double>(args.kv_heads * args.head_size * dtype_size(q.dtype));
  launch.submit(4.0 * keys * static_cast<double>(max_sq * args.heads * args.head_size),
                cached + 2.0 * static_cast<double>(q.numel() * dtype_size(q.dtype)));
  return o;
}
GS_EXPORT_OP(attention_decode, "q", "k_cache", "v_cache", "q_cu", "page_table", "kv_lengths", "row", "bucket_of",
             "max_sq", "window", "scale", "keys")

}  // namespace gridstride::ops
