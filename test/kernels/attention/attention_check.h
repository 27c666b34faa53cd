// What the tests of attention's kernels share: cases, and comparison with the double-precision reference.
#pragma once

#include <algorithm>

#include "test/kernels/emulated_run.h"
#include "test/native/attention_case.h"

namespace gridstride::cuda {
void attention_forward(const AttentionForwardArgs& args, Run& run);
void attention_backward(const AttentionBackwardArgs& args, Run& run);
}  // namespace gridstride::cuda

namespace gridstride::test {

// Gaps between rows and padding tokens of the inputs are NaN: nobody may read them into a result.
inline void poison(Buffer& rows, int64_t row, int64_t gap, int64_t tokens) {
  for (int64_t i = 0; i < rows.count(); ++i)
    if (i % row >= row - gap || i / row >= tokens) rows.set(i, NAN);
}

inline AttentionArrays arrays_of(const AttentionCase& c) {
  AttentionArrays a(c);
  poison(a.q, a.q_row, c.gap, a.q_cu.back());
  poison(a.d_o, a.q_row, c.gap, a.q_cu.back());
  poison(a.k, a.kv_row, c.gap, a.kv_cu.back());
  poison(a.v, a.kv_row, c.gap, a.kv_cu.back());
  return a;
}

// Heads that the tensor-core kernels take: rows of whole vectors.
inline AttentionCase by_mma(AttentionCase c, DType dtype) {
  c.dtype = dtype;
  c.gap = 8;
  return c;
}

// Whether the case runs on the tensor cores, where weights are rounded to the dtype between the products.
inline bool is_by_mma(const AttentionCase& c) {
  return c.dtype != DType::f32 && c.gap % 8 == 0 && c.head_size % 8 == 0 && c.head_size <= 128;
}

inline double worst_of_all = 0;  // in units of the tolerance

// |a - b| at most 2.1 roundings of b and `absolute`.
inline void check_near(const Buffer& a, const Buffer& b, double absolute, const std::string& name) {
  const double relative = 2.1 * epsilon_of(b.dtype());
  const double error = worst_error(a, b, absolute / relative) / relative;
  worst_of_all = std::max(worst_of_all, error);
  check(error <= 1, name + ", error " + std::to_string(error));
}

}  // namespace gridstride::test
