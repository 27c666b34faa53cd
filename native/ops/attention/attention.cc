#include "kernels/attention/attention.h"

#include "native/core/device.h"
#include "native/ops/check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

namespace {

constexpr const char* kOp = "attention";

// (tokens, heads, head_size) with dense heads and any distance between tokens: views into a fused projection fit.
Tensor with_dense_heads(const Tensor& x) {
  const bool heads_dense = x.stride(2) == 1 && (x.stride(1) == x.size(2) || x.size(1) == 1);
  return heads_dense || x.numel() == 0 ? x : contiguous(x);
}

struct Inputs {
  const Tensor& q;
  const Tensor& k;
  const Tensor& v;
  const Tensor& q_segments;
  const Tensor& kv_segments;
  const std::optional<Tensor>& bias;
};

void check_inputs(const Inputs& in) {
  check_same_device(kOp, {&in.q, &in.k, &in.v, &in.q_segments, &in.kv_segments, in.bias ? &*in.bias : nullptr});
  check_same_dtype(kOp, {&in.q, &in.k, &in.v});
  check_floating(kOp, in.q);
  check_rank(kOp, "q", in.q, 3);
  check_rank(kOp, "k", in.k, 3);
  check_shape(kOp, "v", in.v, in.k.shape);
  if (in.q.size(2) != in.k.size(2))
    fail_shape(kOp, "q and k must share the head size, got " + in.q.shape.text() + " and " + in.k.shape.text());
  if (in.k.size(1) == 0 || in.q.size(1) % in.k.size(1) != 0)
    fail_shape(kOp, "the heads of k must divide those of q, got " + in.q.shape.text() + " and " + in.k.shape.text());
  for (const Tensor* segments : {&in.q_segments, &in.kv_segments}) {
    check_dtype(kOp, "cuSeqlens", *segments, DType::i32);
    check_rank(kOp, "cuSeqlens", *segments, 1);
  }
  check_shape(kOp, "kv cuSeqlens", in.kv_segments, in.q_segments.shape);
  if (in.q_segments.numel() == 0) fail_shape(kOp, "cuSeqlens must have at least one element");
}

// Strides of a bias that broadcasts to (batch, heads, max_sq, max_skv).
void fill_bias(AttentionDenseBias* dense, const Tensor& bias, const AttentionProblem& problem) {
  const Shape full{problem.batch, problem.heads, problem.max_sq, problem.max_skv};
  if (bias.dtype != DType::f32 && bias.dtype != problem.dtype)
    throw Error(ErrorCode::kDType,
                std::string(kOp) + ": bias must be f32 or the dtype of q, got " + dtype_name(bias.dtype));
  if (bias.shape.rank > 4 || !(broadcast_shapes(kOp, bias.shape, full) == full))
    fail_shape(kOp, "bias must broadcast to " + full.text() + ", got " + bias.shape.text());
  int64_t strides[4] = {};
  for (int i = 1; i <= bias.shape.rank; ++i) strides[4 - i] = bias.shape[-i] == 1 ? 0 : bias.stride(-i);
  dense->batch_stride = strides[0];
  dense->head_stride = strides[1];
  dense->row_stride = strides[2];
  dense->col_stride = strides[3];
  dense->dtype = bias.dtype;
}

struct Options {
  int64_t max_sq, max_skv;
  double scale;
  bool is_causal;
  int64_t window;
  double dropout_p;
  const std::optional<Tensor>& state;
  int64_t delta;
};

template <class Args>
void fill_problem(Launch<Args>* launch, const Inputs& in, const Options& options) {
  AttentionProblem& problem = launch->args.problem;
  launch->read(problem.q_cu_seqlens, contiguous(in.q_segments));
  launch->read(problem.kv_cu_seqlens, contiguous(in.kv_segments));
  if (options.dropout_p > 0 && options.state) launch->read(problem.stream.state, *options.state);
  problem.stream.delta = options.delta;
  problem.batch = in.q_segments.numel() - 1;
  problem.heads = in.q.size(1);
  problem.kv_heads = in.k.size(1);
  problem.head_size = in.q.size(2);
  problem.q_tokens = in.q.size(0);
  problem.kv_tokens = in.k.size(0);
  problem.max_sq = options.max_sq;
  problem.max_skv = options.max_skv;
  problem.q_stride = in.q.stride(0);
  problem.k_stride = in.k.stride(0);
  problem.v_stride = in.v.stride(0);
  problem.window = options.window;
  problem.scale = options.scale;
  problem.dropout_p = options.dropout_p;
  problem.is_causal = options.is_causal;
  problem.dtype = in.q.dtype;
  if (!in.bias) return;
  problem.bias.kind = AttentionBiasKind::dense;
  fill_bias(&problem.bias.dense, *in.bias, problem);
  launch->read(problem.bias.dense.data, *in.bias);
}

// Two products of (sq, skv, D) per head; lengths live on the device, so the longest stand for all.
double product_flops(const AttentionProblem& problem) {
  const double pairs = static_cast<double>(problem.q_tokens) * static_cast<double>(problem.max_skv);
  return 4.0 * pairs * static_cast<double>(problem.heads * problem.head_size) * (problem.is_causal ? 0.5 : 1.0);
}

}  // namespace

// o (Tq, H, D) and lse (H, Tq).
std::vector<Tensor> attention_forward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& q_segments,
                                      const Tensor& kv_segments, const std::optional<Tensor>& bias, int64_t max_sq,
                                      int64_t max_skv, double scale, bool is_causal, int64_t window, double dropout_p,
                                      const std::optional<Tensor>& state, int64_t delta, bool keep_lse) {
  check_inputs({q, k, v, q_segments, kv_segments, bias});
  const Tensor dq = with_dense_heads(q), dk = with_dense_heads(k), dv = with_dense_heads(v);
  const Tensor o = empty(q.device(), q.dtype, q.shape);
  const DType statistic = q.dtype == DType::f64 ? DType::f64 : DType::f32;
  const Tensor lse = keep_lse ? empty(q.device(), statistic, {q.size(1), q.size(0)}) : Tensor{};
  Launch<AttentionForwardArgs> launch(OpId::attention_forward);
  launch.read(launch.args.q, dq);
  launch.read(launch.args.k, dk);
  launch.read(launch.args.v, dv);
  launch.write(launch.args.o, o);
  launch.write(launch.args.lse, lse);
  fill_problem(&launch, {dq, dk, dv, q_segments, kv_segments, bias},
               {max_sq, max_skv, scale, is_causal, window, dropout_p, state, delta});
  launch.args.o_stride = o.stride(0);
  launch.submit(product_flops(launch.args.problem));
  return {o, lse};
}
GS_EXPORT_OP(attention_forward, "q", "k", "v", "q_segments", "kv_segments", "bias", "max_sq", "max_skv", "scale",
             "is_causal", "window", "dropout_p", "state", "delta", "keep_lse")

// dq, dk, dv of the shapes of q, k, v, and dbias of the bias's shape where wanted (f32, f64 for f64).
std::vector<Tensor> attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& o,
                                       const Tensor& d_o, const Tensor& lse, const Tensor& q_segments,
                                       const Tensor& kv_segments, const std::optional<Tensor>& bias, int64_t max_sq,
                                       int64_t max_skv, double scale, bool is_causal, int64_t window, double dropout_p,
                                       const std::optional<Tensor>& state, int64_t delta, bool want_dbias) {
  check_inputs({q, k, v, q_segments, kv_segments, bias});
  check_shape(kOp, "gradient", d_o, q.shape);
  const Tensor rows[] = {with_dense_heads(q), with_dense_heads(k), with_dense_heads(v), with_dense_heads(d_o)};
  const Tensor dq = empty(q.device(), q.dtype, q.shape);
  const Tensor dk = empty(k.device(), k.dtype, k.shape), dv = empty(v.device(), v.dtype, v.shape);
  const DType wide = q.dtype == DType::f64 ? DType::f64 : DType::f32;
  const Tensor dbias = want_dbias && bias ? empty(q.device(), wide, bias->shape) : Tensor{};
  Launch<AttentionBackwardArgs> launch(OpId::attention_backward);
  auto& args = launch.args;
  launch.read(args.q, rows[0]);
  launch.read(args.k, rows[1]);
  launch.read(args.v, rows[2]);
  launch.read(args.o, o);
  launch.read(args.d_o, rows[3]);
  launch.read(args.lse, lse);
  launch.write(args.dq, dq);
  launch.write(args.dk, dk);
  launch.write(args.dv, dv);
  launch.write(args.dbias, dbias);
  fill_problem(&launch, {rows[0], rows[1], rows[2], q_segments, kv_segments, bias},
               {max_sq, max_skv, scale, is_causal, window, dropout_p, state, delta});
  args.o_stride = o.stride(0);
  args.d_o_stride = rows[3].stride(0);
  args.dq_stride = dq.stride(0);
  args.dk_stride = dk.stride(0);
  args.dv_stride = dv.stride(0);
  if (dbias) {
    AttentionDenseBias strides{};
    fill_bias(&strides, dbias, args.problem);
    args.dbias_batch_stride = strides.batch_stride;
    args.dbias_head_stride = strides.head_stride;
    args.dbias_row_stride = strides.row_stride;
    args.dbias_col_stride = strides.col_stride;
  }
  launch.submit(2.5 * product_flops(args.problem));
  return {dq, dk, dv, dbias};
}
GS_EXPORT_OP(attention_backward, "q", "k", "v", "o", "d_o", "lse", "q_segments", "kv_segments", "bias", "max_sq",
             "max_skv", "scale", "is_causal", "window", "dropout_p", "state", "delta", "want_dbias")

}  // namespace gridstride::ops
