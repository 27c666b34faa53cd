// What attention's passes share: the checks of their tensors, and the problem they state to the kernels.
#pragma once

#include "kernels/attention/attention.h"
#include "native/ops/launch.h"

namespace gridstride::ops {

// What JavaScript says beside the tensors.
struct AttentionOptions {
  int64_t max_sq, max_skv, window, delta;
  double scale, dropout_p, pairs;
  bool is_causal;
};

// The bias is `bias`, or `row` with `bucket_of` and perhaps `col`, or none.
struct AttentionTensors {
  Tensor q, k, v, q_cu, kv_cu, bias, row, col, bucket_of, global_keys, state;
};

// The tensors as kernels read them. Throws Error where they do not fit.
AttentionTensors check_attention(const AttentionTensors& given, const AttentionOptions& options);

AttentionProblem attention_problem(const AttentionTensors& t, const AttentionOptions& options);

template <class Args>
void read_problem(Launch<Args>* launch, const AttentionTensors& t, const AttentionOptions& options) {
  auto& args = launch->args;
  args.problem = attention_problem(t, options);
  launch->read(args.q, t.q);
  launch->read(args.k, t.k);
  launch->read(args.v, t.v);
  launch->read(args.problem.q_cu_seqlens, t.q_cu);
  launch->read(args.problem.kv_cu_seqlens, t.kv_cu);
  launch->read(args.problem.global_keys, t.global_keys);
  launch->read(args.problem.bias.dense.data, t.bias);
  launch->read(args.problem.bias.relative.row.data, t.row);
  launch->read(args.problem.bias.relative.col.data, t.col);
  launch->read(args.problem.bias.relative.bucket_of, t.bucket_of);
  launch->read(args.problem.stream.state, t.state);
}

}  // namespace gridstride::ops
