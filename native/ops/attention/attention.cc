#include "kernels/attention/attention.h"

#include "native/core/device.h"
#include "native/ops/attention/dense_tokens.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/strided.h"

namespace gridstride::ops {

namespace {

// What JavaScript says beside the tensors.
struct AttentionOptions {
  int64_t max_sq, max_skv, window, delta;
  double scale, dropout_p, pairs;
  bool is_causal;
};

struct AttentionTensors {
  Tensor q, k, v, q_cu, kv_cu, bias, state;
};

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

AttentionTensors check_attention(const AttentionTensors& given, const AttentionOptions& options) {
  AttentionTensors t = given;
  check_heads(t.q, t.k, t.v);
  check_same_device("attention", {&t.q, &t.k, &t.v, &t.q_cu, &t.kv_cu, &t.bias, &t.state});
  check_dtype("attention", "the segments", t.q_cu, DType::i32);
  check_dtype("attention", "the segments", t.kv_cu, DType::i32);
  if (!(t.q_cu.shape == t.kv_cu.shape) || t.q_cu.shape.rank != 1 || t.q_cu.numel() < 1)
    fail_shape("attention", "q and kv must have as many sequences, got cuSeqlens " + t.q_cu.shape.text() + " and " +
                                t.kv_cu.shape.text());
  if (!(options.dropout_p >= 0 && options.dropout_p <= 1))
    throw Error(ErrorCode::kConfig, "attention: dropout must lie in [0, 1], got " + std::to_string(options.dropout_p));
  if (t.bias) {
    const Shape full{t.q_cu.numel() - 1, t.q.shape[1], options.max_sq, options.max_skv};
    if (t.bias.shape.rank != 4 || !(broadcast_shapes("attention", t.bias.shape, full) == full))
      fail_shape("attention",
                 "the bias must broadcast to (B, H, Sq, Skv) = " + full.text() + ", got " + t.bias.shape.text());
    if (t.bias.dtype != DType::f32 && t.bias.dtype != t.q.dtype)
      throw Error(ErrorCode::kDType, std::string("attention: the bias must be f32 or q's dtype, got ") +
                                         dtype_name(t.bias.dtype) + " and " + dtype_name(t.q.dtype));
  }
  for (Tensor* x : {&t.q, &t.k, &t.v}) *x = with_dense_tokens(*x);
  return t;
}

AttentionProblem problem_of(const AttentionTensors& t, const AttentionOptions& options) {
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
  problem.bias.kind = t.bias ? AttentionBiasKind::dense : AttentionBiasKind::none;
  if (!t.bias) return problem;
  int64_t strides[kMaxRank];
  broadcast_strides(t.bias, {problem.batch, problem.heads, problem.max_sq, problem.max_skv}, strides);
  problem.bias.dense = {nullptr, strides[0], strides[1], strides[2], strides[3], t.bias.dtype};
  return problem;
}

template <class Args>
void read_problem(Launch<Args>* launch, const AttentionTensors& t, const AttentionOptions& options) {
  auto& args = launch->args;
  args.problem = problem_of(t, options);
  launch->read(args.q, t.q);
  launch->read(args.k, t.k);
  launch->read(args.v, t.v);
  launch->read(args.problem.q_cu_seqlens, t.q_cu);
  launch->read(args.problem.kv_cu_seqlens, t.kv_cu);
  launch->read(args.problem.bias.dense.data, t.bias);
  launch->read(args.problem.stream.state, t.state);
}

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

}  // namespace

// {o, lse}; lse only with `keep`.
std::vector<Tensor> attention_forward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& q_cu,
                                      const Tensor& kv_cu, const std::optional<Tensor>& bias,
                                      const std::optional<Tensor>& state, int64_t max_sq, int64_t max_skv,
                                      int64_t window, int64_t delta, double scale, double dropout_p, double pairs,
                                      bool is_causal, bool keep) {
  const AttentionOptions options{max_sq, max_skv, window, delta, scale, dropout_p, pairs, is_causal};
  const AttentionTensors t = check_attention(
      {q, k, v, contiguous(q_cu), contiguous(kv_cu), bias.value_or(Tensor{}), state.value_or(Tensor{})}, options);
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
GS_EXPORT_OP(attention_forward, "q", "k", "v", "q_cu", "kv_cu", "bias", "state", "max_sq", "max_skv", "window", "delta",
             "scale", "dropout_p", "pairs", "is_causal", "keep")

// {dq, dk, dv, dbias}; dbias when asked for, in f32 (f64 for f64).
std::vector<Tensor> attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& q_cu,
                                       const Tensor& kv_cu, const std::optional<Tensor>& bias,
                                       const std::optional<Tensor>& state, const Tensor& o, const Tensor& lse,
                                       const Tensor& gradient, int64_t max_sq, int64_t max_skv, int64_t window,
                                       int64_t delta, double scale, double dropout_p, double pairs, bool is_causal,
                                       bool wants_dbias) {
  const AttentionOptions options{max_sq, max_skv, window, delta, scale, dropout_p, pairs, is_causal};
  const AttentionTensors t = check_attention(
      {q, k, v, contiguous(q_cu), contiguous(kv_cu), bias.value_or(Tensor{}), state.value_or(Tensor{})}, options);
  check_shape("attention", "the gradient", gradient, t.q.shape);
  check_same_dtype("attention", {&t.q, &gradient});
  const Tensor d_o = with_dense_tokens(gradient);
  Tensor dq, dk, dv;
  allocate_gradients(t, &dq, &dk, &dv);
  const bool biased = wants_dbias && t.bias;
  const Tensor dbias = biased ? empty(t.q.device(), lse.dtype, t.bias.shape) : Tensor{};
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
  return {dq, dk, dv, dbias};
}
GS_EXPORT_OP(attention_backward, "q", "k", "v", "q_cu", "kv_cu", "bias", "state", "o", "lse", "gradient", "max_sq",
             "max_skv", "window", "delta", "scale", "dropout_p", "pairs", "is_causal", "wants_dbias")

}  // namespace gridstride::ops
