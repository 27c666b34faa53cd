#include "native/core/device.h"
#include "native/ops/attention/attention_problem.h"
#include "native/ops/attention/dense_tokens.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/strided.h"

namespace gridstride::ops {

namespace {

// Gradients of q, k and v: side by side in one (tokens, 3, H, D) when their shapes are equal, as a fused projection
// takes them.
void allocate_gradients(const AttentionTensors& t, Tensor* dq, Tensor* dk, Tensor* dv) {
  if (!(t.q.shape == t.k.shape)) {
    *dq = empty(t.q.device(), t.q.dtype, t.q.shape);
    *dk = empty(t.q.device(), t.q.dtype, t.k.shape);
    *dv = empty(t.q.device(), t.q.dtype, t.v.shape);
    return;
  }
  const int64_t tokens = t.q.shape[0], channels = t.q.shape[1] * t.q.shape[2];
  const Tensor joined = empty(t.q.device(), t.q.dtype, {tokens, 3, t.q.shape[1], t.q.shape[2]});
  *dq = joined;
  dq->shape = t.q.shape;
  set_dense_strides(dq);
  dq->strides[0] = 3 * channels;
  *dk = *dv = *dq;
  dk->offset = channels;
  dv->offset = 2 * channels;
}

// (tokens, heads, buckets) for a term of the relative bias.
Tensor terms_gradient(const Tensor& term, const Tensor& tokens, DType dtype) {
  if (!term) return {};
  return empty(tokens.device(), dtype, {tokens.shape[0], term.shape[1], term.shape[2]});
}

Tensor given(const std::optional<Tensor>& x) { return x.value_or(Tensor{}); }

}  // namespace

// {o, lse}; lse only with `keep`.
std::vector<Tensor> attention_forward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& q_cu,
                                      const Tensor& kv_cu, const std::optional<Tensor>& bias,
                                      const std::optional<Tensor>& row, const std::optional<Tensor>& col,
                                      const std::optional<Tensor>& bucket_of, const std::optional<Tensor>& global_keys,
                                      const std::optional<Tensor>& state, int64_t max_sq, int64_t max_skv,
                                      int64_t window, int64_t delta, double scale, double dropout_p, double pairs,
                                      bool is_causal, bool keep) {
  const AttentionOptions options{max_sq, max_skv, window, delta, scale, dropout_p, pairs, is_causal};
  const AttentionTensors t = check_attention(
      {q, k, v, q_cu, kv_cu, given(bias), given(row), given(col), given(bucket_of), given(global_keys), given(state)},
      options);
  const Tensor o = empty(t.q.device(), t.q.dtype, t.q.shape);
  const DType wide = t.q.dtype == DType::f64 ? DType::f64 : DType::f32;
  const Tensor lse = keep ? empty(t.q.device(), wide, {t.q.shape[1], t.q.shape[0]}) : Tensor{};
  Launch<AttentionForwardArgs> launch(OpId::attention_forward);
  read_problem(&launch, t, options);
  launch.write(launch.args.o, o);
  launch.write(launch.args.lse, lse);
  launch.args.o_stride = o.strides[0];
  launch.submit(4.0 * pairs * static_cast<double>(t.q.shape[1] * t.q.shape[2]));
  return {o, lse};
}
GS_EXPORT_OP(attention_forward, "q", "k", "v", "q_cu", "kv_cu", "bias", "row", "col", "bucket_of", "global_keys",
             "state", "max_sq", "max_skv", "window", "delta", "scale", "dropout_p", "pairs", "is_causal", "keep")

// {dq, dk, dv, dbias, d_row, d_col}; the last three when asked for, in f32 (f64 for f64); d_row and d_col per token.
std::vector<Tensor> attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& q_cu,
                                       const Tensor& kv_cu, const std::optional<Tensor>& bias,
                                       const std::optional<Tensor>& row, const std::optional<Tensor>& col,
                                       const std::optional<Tensor>& bucket_of, const std::optional<Tensor>& global_keys,
                                       const std::optional<Tensor>& state, const Tensor& o, const Tensor& lse,
                                       const Tensor& gradient, int64_t max_sq, int64_t max_skv, int64_t window,
                                       int64_t delta, double scale, double dropout_p, double pairs, bool is_causal,
                                       bool wants_dbias, bool wants_drow, bool wants_dcol) {
  const AttentionOptions options{max_sq, max_skv, window, delta, scale, dropout_p, pairs, is_causal};
  const AttentionTensors t = check_attention(
      {q, k, v, q_cu, kv_cu, given(bias), given(row), given(col), given(bucket_of), given(global_keys), given(state)},
      options);
  check_shape("attention", "the gradient", gradient, t.q.shape);
  check_same_dtype("attention", {&t.q, &gradient});
  const Tensor d_o = with_dense_tokens(gradient);
  Tensor dq, dk, dv;
  allocate_gradients(t, &dq, &dk, &dv);
  const bool biased = wants_dbias && t.bias;
  const Tensor dbias = biased ? empty(t.q.device(), lse.dtype, t.bias.shape) : Tensor{};
  const Tensor d_row = wants_drow ? terms_gradient(t.row, t.q, lse.dtype) : Tensor{};
  const Tensor d_col = wants_dcol ? terms_gradient(t.col, t.k, lse.dtype) : Tensor{};
  Launch<AttentionBackwardArgs> launch(OpId::attention_backward);
  auto& args = launch.args;
  read_problem(&launch, t, options);
  launch.read(args.o, o);
  launch.read(args.d_o, d_o);
  launch.read(args.lse, lse);
  launch.write(args.dq, dq);
  launch.write(args.dk, dk);
  launch.write(args.dv, dv);
  launch.write(args.dbias, dbias);
  launch.write(args.d_row, d_row);
  launch.write(args.d_col, d_col);
  args.o_stride = o.strides[0];
  args.d_o_stride = d_o.strides[0];
  args.dq_stride = dq.strides[0];
  args.dk_stride = dk.strides[0];
  args.dv_stride = dv.strides[0];
  if (biased) {
    int64_t strides[kMaxRank];
    broadcast_strides(dbias, {args.problem.batch, args.problem.heads, max_sq, max_skv}, strides);
    args.dbias_batch_stride = strides[0];
    args.dbias_head_stride = strides[1];
    args.dbias_row_stride = strides[2];
    args.dbias_col_stride = strides[3];
  }
  launch.submit(10.0 * pairs * static_cast<double>(t.q.shape[1] * t.q.shape[2]));
  return {dq, dk, dv, dbias, d_row, d_col};
}
GS_EXPORT_OP(attention_backward, "q", "k", "v", "q_cu", "kv_cu", "bias", "row", "col", "bucket_of", "global_keys",
             "state", "o", "lse", "gradient", "max_sq", "max_skv", "window", "delta", "scale", "dropout_p", "pairs",
             "is_causal", "wants_dbias", "wants_drow", "wants_dcol")

}  // namespace gridstride::ops
