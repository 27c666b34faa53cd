#include "kernels/attention/attention.h"

#include "native/cpu/attention/attention_reference.h"
#include "native/cpu/attention/check_segments.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void attention_forward(const AttentionForwardArgs&, Run&);
           void attention_backward(const AttentionBackwardArgs&, Run&);)

namespace gridstride::cpu {

namespace {

// Heads this wide fit the optimised kernels' blocks.
constexpr int64_t kMaxHeadSize = 256;

void check_problem(const AttentionProblem& problem) {
  check_segments("attention", "q_cu_seqlens", problem.q_cu_seqlens, problem.batch, problem.q_tokens, problem.max_sq);
  check_segments("attention", "kv_cu_seqlens", problem.kv_cu_seqlens, problem.batch, problem.kv_tokens,
                 problem.max_skv);
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
