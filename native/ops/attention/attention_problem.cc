#include "native/ops/attention/attention_problem.h"

#include "native/ops/attention/dense_tokens.h"
#include "native/ops/attention/relative_terms.h"
#include "native/ops/check.h"
#include "native/ops/strided.h"

namespace gridstride::ops {

namespace {

void check_heads(const Tensor& q, const Tensor& k, const Tensor& v) {
  check_floating("attention", q);
  check_rank("attention", "q", q, 3);
  check_rank("attention", "k", k, 3);
  check_same_dtype("attention", {&q, &k, &v});
  check_shape("attention", "v", v, k.shape);
  if (k.shape[2] != q.shape[2])
    fail_shape("attention", "q and k must share the head size, got " + q.shape.text() + " and " + k.shape.text());
  if (k.shape[1] == 0 || q.shape[1] % k.shape[1] != 0)
    fail_shape("attention", "key/value heads must divide the heads, got " + q.shape.text() + " and " + k.shape.text());
}

void check_dense_bias(const AttentionTensors& t, const AttentionOptions& options) {
  if (!t.bias) return;
  const Shape full{t.q_cu.numel() - 1, t.q.shape[1], options.max_sq, options.max_skv};
  if (t.bias.shape.rank != 4 || !(broadcast_shapes("attention", t.bias.shape, full) == full))
    fail_shape("attention",
               "the bias must broadcast to (B, H, Sq, Skv) = " + full.text() + ", got " + t.bias.shape.text());
  check_bias_dtype("attention", "the bias", t.bias, t.q);
}

void check_relative_bias(const AttentionTensors& t) {
  if (!t.row && !t.col && !t.bucket_of) return;
  if (!t.row || !t.bucket_of || t.bias)
    throw Error(ErrorCode::kConfig, "attention: the bias must be a tensor or row, bucketOf and perhaps col");
  check_row_and_buckets("attention", t.row, t.bucket_of, t.q);
  if (!t.col) return;
  check_terms("attention", "col", t.col, t.k, t.q.shape[1]);
  check_same_dtype("attention", {&t.row, &t.col});
  if (t.col.shape[2] != t.row.shape[2])
    fail_shape("attention",
               "row and col must share the buckets, got " + t.row.shape.text() + " and " + t.col.shape.text());
}

void check_global_keys(const AttentionTensors& t, const AttentionOptions& options) {
  if (!t.global_keys) return;
  if (t.global_keys.dtype != DType::boolean && t.global_keys.dtype != DType::u8)
    throw Error(ErrorCode::kDType,
                std::string("attention: globalKeys must be bool or u8, got ") + dtype_name(t.global_keys.dtype));
  check_shape("attention", "globalKeys", t.global_keys, {t.k.shape[0]});
  if (options.window < 0) throw Error(ErrorCode::kConfig, "attention: globalKeys must come with a window, got none");
}

AttentionBias bias_of(const AttentionTensors& t, const AttentionProblem& problem) {
  AttentionBias bias{};
  if (t.row) {
    bias.kind = AttentionBiasKind::relative;
    bias.relative = relative_bias(t.row, t.col, t.bucket_of);
  }
  if (t.bias) {
    int64_t strides[kMaxRank];
    broadcast_strides(t.bias, {problem.batch, problem.heads, problem.max_sq, problem.max_skv}, strides);
    bias.kind = AttentionBiasKind::dense;
    bias.dense = {nullptr, strides[0], strides[1], strides[2], strides[3], t.bias.dtype};
  }
  return bias;
}

}  // namespace

AttentionTensors check_attention(const AttentionTensors& given, const AttentionOptions& options) {
  AttentionTensors t = given;
  check_heads(t.q, t.k, t.v);
  check_same_device("attention", {&t.q, &t.k, &t.v, &t.q_cu, &t.kv_cu, &t.bias, &t.row, &t.col, &t.bucket_of,
                                  &t.global_keys, &t.state});
  check_dtype("attention", "the segments", t.q_cu, DType::i32);
  check_dtype("attention", "the segments", t.kv_cu, DType::i32);
  if (!(t.q_cu.shape == t.kv_cu.shape) || t.q_cu.shape.rank != 1 || t.q_cu.numel() < 1)
    fail_shape("attention", "q and kv must have as many sequences, got cuSeqlens " + t.q_cu.shape.text() + " and " +
                                t.kv_cu.shape.text());
  if (!(options.dropout_p >= 0 && options.dropout_p <= 1))
    throw Error(ErrorCode::kConfig, "attention: dropout must lie in [0, 1], got " + std::to_string(options.dropout_p));
  check_dense_bias(t, options);
  check_relative_bias(t);
  check_global_keys(t, options);
  for (Tensor* x : {&t.q, &t.k, &t.v}) *x = with_dense_tokens(*x);
  for (Tensor* x : {&t.row, &t.col}) *x = with_dense_buckets(*x);
  for (Tensor* x : {&t.q_cu, &t.kv_cu, &t.bucket_of, &t.global_keys})
    if (*x) *x = contiguous(*x);
  return t;
}

AttentionProblem attention_problem(const AttentionTensors& t, const AttentionOptions& options) {
  AttentionProblem problem{};
  problem.stream.delta = options.delta;
  problem.batch = t.q_cu.numel() - 1;
  problem.heads = t.q.shape[1];
  problem.kv_heads = t.k.shape[1];
  problem.head_size = t.q.shape[2];
  problem.q_tokens = t.q.shape[0];
  problem.kv_tokens = t.k.shape[0];
  problem.max_sq = options.max_sq;
  problem.max_skv = options.max_skv;
  problem.q_stride = t.q.strides[0];
  problem.k_stride = t.k.strides[0];
  problem.v_stride = t.v.strides[0];
  problem.window = options.window;
  problem.scale = options.scale;
  problem.dropout_p = options.dropout_p;
  problem.is_causal = options.is_causal;
  problem.dtype = t.q.dtype;
  problem.bias = bias_of(t, problem);
  return problem;
}

}  // namespace gridstride::ops
