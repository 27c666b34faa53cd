#include "kernels/attention/attention.h"

#include "native/cpu/attention/attention_reference.h"
#include "native/cpu/check_segments.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void attention_forward(const AttentionForwardArgs&, Run&);
           void attention_backward(const AttentionBackwardArgs&, Run&);)

namespace gridstride::cpu {

namespace {

// Heads this wide fit the optimised kernels' blocks.
constexpr int64_t kMaxHeadSize = 256;

void check_buckets(const AttentionRelativeBias& bias) {
  for (int64_t i = 0; i < 2 * bias.reach + 1; ++i)
    if (bias.bucket_of[i] < 0 || bias.bucket_of[i] >= bias.buckets)
      throw Error(ErrorCode::kData, "attention: indices must lie in [0, " + std::to_string(bias.buckets) + "), got " +
                                        std::to_string(bias.bucket_of[i]) + " at position " + std::to_string(i));
}

void check_problem(const AttentionProblem& problem) {
  check_segments("attention", "q_cu_seqlens", problem.q_cu_seqlens, problem.batch, problem.q_tokens, problem.max_sq);
  check_segments("attention", "kv_cu_seqlens", problem.kv_cu_seqlens, problem.batch, problem.kv_tokens,
                 problem.max_skv);
  if (problem.bias.kind == AttentionBiasKind::relative) check_buckets(problem.bias.relative);
}

bool takes_reference(const AttentionProblem& problem, const Run& run) {
  return run.is_reference() || !is_vectorised(problem.dtype) || problem.head_size > kMaxHeadSize;
}

}  // namespace

void attention_forward(const AttentionForwardArgs& args, Run& run) {
  check_problem(args.problem);
  if (takes_reference(args.problem, run))
    attention_forward_reference(args, run);
  else
    GS_DISPATCH(run.isa, attention_forward, args, run);
}

void attention_backward(const AttentionBackwardArgs& args, Run& run) {
  check_problem(args.problem);
  if (takes_reference(args.problem, run))
    attention_backward_reference(args, run);
  else
    GS_DISPATCH(run.isa, attention_backward, args, run);
}

}  // namespace gridstride::cpu
