#include "kernels/attention/attention.h"

#include <string>

#include "native/core/error.h"
#include "native/cpu/attention/attention_reference.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void attention_forward(const AttentionForwardArgs&, Run&);
           void attention_backward(const AttentionBackwardArgs&, Run&);)

namespace gridstride::cpu {

namespace {

// Heads this wide fit the optimised kernels' blocks.
constexpr int64_t kMaxHeadSize = 256;

void check_segments(const char* name, const int32_t* cu, int64_t batch, int64_t tokens, int64_t longest) {
  const auto fail = [&](const std::string& rule, int64_t value, int64_t index) {
    throw Error(ErrorCode::kData, std::string("attention: ") + name + " must " + rule + ", got " +
                                      std::to_string(value) + " at position " + std::to_string(index));
  };
  if (cu[0] != 0) fail("begin at 0", cu[0], 0);
  for (int64_t b = 0; b < batch; ++b) {
    if (cu[b + 1] < cu[b]) fail("not decrease", cu[b + 1], b + 1);
    if (cu[b + 1] > tokens) fail("not exceed " + std::to_string(tokens) + " tokens", cu[b + 1], b + 1);
    if (cu[b + 1] - cu[b] > longest)
      fail("hold segments of at most " + std::to_string(longest), cu[b + 1] - cu[b], b + 1);
  }
}

void check_buckets(const AttentionRelativeBias& bias) {
  for (int64_t i = 0; i < 2 * bias.reach + 1; ++i)
    if (bias.bucket_of[i] < 0 || bias.bucket_of[i] >= bias.buckets)
      throw Error(ErrorCode::kData, "attention: indices must lie in [0, " + std::to_string(bias.buckets) + "), got " +
                                        std::to_string(bias.bucket_of[i]) + " at position " + std::to_string(i));
}

void check_problem(const AttentionProblem& problem) {
  check_segments("q_cu_seqlens", problem.q_cu_seqlens, problem.batch, problem.q_tokens, problem.max_sq);
  check_segments("kv_cu_seqlens", problem.kv_cu_seqlens, problem.batch, problem.kv_tokens, problem.max_skv);
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
