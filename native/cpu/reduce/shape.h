// A reduction's dimensions, merged where they can be walked as one.
#pragma once

#include <algorithm>

#include "kernels/reduce/reduce.h"
#include "native/core/error.h"
#include "native/cpu/strided_loop.h"

namespace gridstride::cpu {

struct ReducePlan {
  explicit ReducePlan(const ReduceShape& shape)
      : kept(shape.kept_rank, shape.kept_sizes, {shape.kept_strides}),
        reduced(shape.reduced_rank, shape.reduced_sizes, {shape.reduced_strides}) {}
  StridedLoop<1> kept, reduced;
};

// Kept elements that make a task worth handing out.
inline int64_t kept_grain(int64_t reduced) { return std::max<int64_t>(1, 8192 / std::max<int64_t>(1, reduced)); }

inline void require_elements(const char* op, const ReducePlan& plan) {
  if (plan.reduced.count() > 0 || plan.kept.count() == 0) return;
  throw Error(ErrorCode::kShape, std::string(op) + ": must reduce at least one element, got none");
}

}  // namespace gridstride::cpu
