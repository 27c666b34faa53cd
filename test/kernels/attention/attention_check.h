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

// The same of a relative bias's term, and what lies between its heads.
inline void poison(AttentionTermArrays& term, const AttentionCase& c, int64_t tokens) {
  for (int64_t i = 0; i < term.values.count(); ++i) {
    const int64_t token = term.token_stride ? i / term.token_stride : 0, at = i - token * term.token_stride;
    if (token >= tokens || at % term.head_stride >= c.buckets || at / term.head_stride >= c.heads)
      term.values.set(i, NAN);
  }
}

inline AttentionArrays arrays_of(const AttentionCase& c) {
  AttentionArrays a(c);
  poison(a.q, a.q_row, c.gap, a.q_cu.back());
  poison(a.d_o, a.q_row, c.gap, a.q_cu.back());
  poison(a.k, a.kv_row, c.gap, a.kv_cu.back());
  poison(a.v, a.kv_row, c.gap, a.kv_cu.back());
  poison(a.row, c, a.q_cu.back());
  poison(a.col, c, a.kv_cu.back());
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

// Relative biases: T5's table, DeBERTa's two terms, rows of f32 beside the dtype, masks and dropout; tails of tiles,
// and sequences longer and shorter than the reach.
template <class Check>
void each_relative(const AttentionCase& base, Check&& check_case) {
  AttentionCase c = base;
  c.buckets = 40, c.reach = 70, c.padding = 2;
  c.relative = "Row", c.bias_dtype = DType::f32;
  check_case(c);
  c.relative = "row col", c.bias_dtype = c.dtype;
  check_case(c);
  c.buckets = 5, c.reach = 8, c.relative = "row Col", c.dropout_p = 0.3, c.causal = true;
  check_case(c);
}

// Global keys: in the first and the last tile, in a tile of their own, in none of the window's; windows narrower and
// wider than a tile; a sequence without one.
template <class Check>
void each_global(const AttentionCase& base, Check&& check_case) {
  AttentionCase c = base;
  c.sq = {70, 20, 3}, c.skv = {140, 20, 70}, c.padding = 1;
  c.globals = {0, 70, 71, 138, 210, 229};
  c.window = 5;
  check_case(c);
  c.window = 90, c.causal = true;
  check_case(c);
  c.sq = {20, 40}, c.skv = {140, 40}, c.window = 3, c.causal = false, c.globals = {2, 100, 139};
  c.bias = "hij", c.bias_dtype = c.dtype;
  check_case(c);
  c.bias = "", c.relative = "row col", c.dropout_p = 0.2;
  check_case(c);
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
