// Attention backward's kernels against the double-precision reference, from its o and lse: tensor cores and FFMA, every
// mask, bias and tail.
#include "test/kernels/attention/attention_check.h"

namespace gridstride::test {
namespace {

AttentionArrays run_emulated(AttentionArrays a, uint64_t seed) {
  set_order(seed);
  cuda::attention_backward(a.backward(), emulated_run());
  return a;
}

bool same_bits(const AttentionArrays& a, const AttentionArrays& b) {
  return a.dq.bytes() == b.dq.bytes() && a.dk.bytes() == b.dk.bytes() && a.dv.bytes() == b.dv.bytes() &&
         a.dbias.bytes() == b.dbias.bytes() && a.row.gradient.bytes() == b.row.gradient.bytes() &&
         a.col.gradient.bytes() == b.col.gradient.bytes();
}

void check_case(const AttentionCase& c) {
  AttentionArrays want = arrays_of(c);
  cpu::attention_forward(want.forward(), reference_run());
  const AttentionArrays start = want;
  cpu::attention_backward(want.backward(), reference_run());
  try {
    const AttentionArrays got = run_emulated(start, 1);
    const double longer = static_cast<double>(longest(c.sq) + longest(c.skv));
    // Weights and score gradients rounded to the dtype are off by epsilon at most, in either direction: dq is a mean of
    // them, dk and dv are sums over the queries.
    const double rounding = is_by_mma(c) ? epsilon_of(c.dtype) : 0;
    const double terms = static_cast<double>(longest(c.sq) * (c.heads / c.kv_heads));
    const double summed = rounding * std::max(1.0, std::sqrt(terms) / 2);
    check_near(got.dq, want.dq, rounding + 1e-5, c.name() + ": dq");
    check_near(got.dk, want.dk, summed + 1e-5, c.name() + ": dk");
    check_near(got.dv, want.dv, summed + 1e-5, c.name() + ": dv");
    check_near(got.dbias, want.dbias, 2e-8 * longer * static_cast<double>(want.batch * c.heads) + 2e-6,
               c.name() + ": dbias");
    check_near(got.row.gradient, want.row.gradient, rounding + 1e-5, c.name() + ": d_row");
    check_near(got.col.gradient, want.col.gradient, summed + 1e-5, c.name() + ": d_col");
    if (compares_orders()) check(same_bits(run_emulated(start, 2), got), c.name() + ": in another order");
  } catch (const DeviceFailure& error) {
    check(false, c.name() + ": " + error.what());
  }
}

void check_masks(AttentionCase c) {
  check_case(c);
  c.causal = true;
  check_case(c);
  c.window = 20;
  check_case(c);
  c.causal = false;
  check_case(c);
}

void check_modified(const AttentionCase& base, DType bias_dtype) {
  for (const char* bias : {"bhij", "hij", "bj", "i", "h"}) {
    AttentionCase c = base;
    c.bias = bias, c.bias_dtype = bias_dtype;
    check_case(c);
  }
  AttentionCase c = base;
  c.dropout_p = 0.3;
  check_case(c);
  c.bias = "ij", c.causal = true;
  check_case(c);
  c.dropout_p = 1;
  check_case(c);
}

AttentionCase one_head(int64_t size) {
  AttentionCase c;
  c.heads = c.kv_heads = 1, c.head_size = size;
  return c;
}

void check_tensor_cores(DType dtype) {
  for (const int64_t size : {8, 40, 64, 80, 128}) {
    AttentionCase c = one_head(size);
    c.sq = c.skv = {0, 1, 65, 15}, c.padding = 2;
    check_case(by_mma(c, dtype));
    c.sq = {20, 130}, c.skv = {70, 97}, c.heads = 2, c.causal = true;
    if (size >= 64) check_case(by_mma(c, dtype));
  }
  AttentionCase c = one_head(32);
  c.sq = {150, 3}, c.skv = {150, 40}, c.padding = 1;
  check_masks(by_mma(c, dtype));
  c = one_head(64);
  c.sq = {40, 7}, c.skv = {10, 0};
  check_masks(by_mma(c, dtype));
  check_modified(by_mma({.sq = {17, 30}, .skv = {75, 30}}, dtype), dtype);
  each_relative(by_mma({.sq = {17, 40}, .skv = {90, 40}, .kv_heads = 1}, dtype), check_case);
  each_global(by_mma({.sq = {}, .skv = {}, .kv_heads = 1}, dtype), check_case);
}

void check_ffma(DType dtype, const std::vector<int64_t>& sizes) {
  for (const int64_t size : sizes) {
    AttentionCase c = one_head(size);
    c.sq = {0, 1, 15, 65}, c.skv = {0, 1, 70, 3}, c.padding = 2, c.dtype = dtype;
    check_case(c);
  }
}

void check_all() {
  check_tensor_cores(DType::bf16);
  AttentionCase c = by_mma({.sq = {130, 70, 2}, .skv = {130, 2, 140}, .head_size = 64}, DType::f16);
  check_case(c);
  c.dropout_p = 0.1;
  check_case(c);
  c = one_head(128);
  c.sq = {70}, c.skv = {140}, c.bias = "j";
  check_case(by_mma(c, DType::f16));
  check_ffma(DType::f32, {20, 33, 256});
  check_ffma(DType::bf16, {160});
  check_ffma(DType::f16, {20});
  c = {.sq = {70, 3}, .skv = {70, 40}, .kv_heads = 1, .padding = 1};
  check_masks(c);
  c = one_head(8);
  c.sq = {40, 7}, c.skv = {10, 0};
  check_masks(c);
  check_modified({.sq = {17, 70}, .skv = {75, 30}, .head_size = 12}, DType::f32);
  each_relative({.sq = {5, 20}, .skv = {70, 20}, .kv_heads = 1, .head_size = 70}, check_case);
  each_global({.sq = {}, .skv = {}, .kv_heads = 1, .head_size = 4}, check_case);
}

}  // namespace
}  // namespace gridstride::test

int main() {
  gridstride::test::check_all();
  std::printf("worst error %.2f of the tolerance\n", gridstride::test::worst_of_all);
  return gridstride::test::close();
}
