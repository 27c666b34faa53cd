// Attention forward's kernels against the double-precision reference: tensor cores and FFMA, every mask, bias and tail.
#include "test/kernels/attention/attention_check.h"

namespace gridstride::test {
namespace {

AttentionArrays run_emulated(AttentionArrays a, uint64_t seed) {
  set_order(seed);
  cuda::attention_forward(a.forward(), emulated_run());
  return a;
}

void check_case(const AttentionCase& c) {
  AttentionArrays want = arrays_of(c);
  const AttentionArrays start = want;
  cpu::attention_forward(want.forward(), reference_run());
  try {
    const AttentionArrays got = run_emulated(start, 1);
    const double sharp = std::max(1.0, c.spread * c.spread / 20);
    // A weight rounded to the dtype is off by epsilon at most, o by epsilon times the mean of |v|, which is 1/2.
    const double rounding = is_by_mma(c) ? epsilon_of(c.dtype) / 2 : 0;
    check_near(got.o, want.o, rounding + 4e-6 * sharp, c.name() + ": o");
    check_near(got.lse, want.lse, 4e-6 * sharp, c.name() + ": lse");
    if (!compares_orders()) return;
    const AttentionArrays again = run_emulated(start, 2);
    check(got.o.bytes() == again.o.bytes() && got.lse.bytes() == again.lse.bytes(), c.name() + ": in another order");
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

void check_tensor_cores(DType dtype) {
  const auto with = [&](AttentionCase c) { return by_mma(c, dtype); };
  for (const int64_t size : {8, 40, 64, 80, 128}) {
    check_case(with(
        {.sq = {0, 1, 65, 15}, .skv = {0, 1, 65, 15}, .heads = 1, .kv_heads = 1, .head_size = size, .padding = 2}));
    check_case(with({.sq = {20, 130}, .skv = {70, 97}, .heads = 2, .kv_heads = 1, .head_size = size, .causal = true}));
  }
  check_masks(with({.sq = {150, 3}, .skv = {150, 40}, .heads = 1, .kv_heads = 1, .head_size = 32, .padding = 1}));
  check_masks(with({.sq = {40, 7}, .skv = {10, 0}, .heads = 1, .kv_heads = 1, .head_size = 64}));
  check_modified(with({.sq = {17, 30}, .skv = {75, 30}, .heads = 2, .kv_heads = 2, .head_size = 16}), dtype);
  each_relative(with({.sq = {17, 40}, .skv = {90, 40}, .heads = 2, .kv_heads = 1, .head_size = 16}), check_case);
  each_global(with({.sq = {}, .skv = {}, .heads = 2, .kv_heads = 1, .head_size = 16}), check_case);
}

void check_ffma(DType dtype) {
  const auto with = [&](AttentionCase c) {
    c.dtype = dtype;
    return c;
  };
  for (const int64_t size : {20, 33, 160, 256})
    check_case(
        with({.sq = {0, 1, 15, 65}, .skv = {0, 1, 70, 3}, .heads = 1, .kv_heads = 1, .head_size = size, .padding = 2}));
}

// A row whose bias is -inf everywhere gives zeros; NaN in a key reaches every row that sees it, and no other; a scale
// may be 0 or negative.
void check_rare_scores(DType dtype) {
  const AttentionCase c = by_mma({.sq = {5}, .skv = {5}, .causal = true}, dtype);
  AttentionCase biased = c;
  biased.bias = "ij";
  AttentionArrays masked = arrays_of(biased), poisoned = arrays_of(c), turned = arrays_of(c);
  for (int64_t j = 0; j < 5; ++j) masked.bias.set(2 * 5 + j, -INFINITY);
  poisoned.k.set(3 * poisoned.kv_row, NAN);
  cuda::attention_forward(masked.forward(), emulated_run());
  cuda::attention_backward(masked.backward(), emulated_run());
  cuda::attention_forward(poisoned.forward(), emulated_run());
  const std::string name = c.name();
  check(masked.o.get(2 * masked.q_row) == 0 && masked.lse.get(2) == -INFINITY, name + ": zero for a masked row");
  check(masked.dq.get(2 * masked.q_row) == 0 && std::isfinite(masked.dk.get(0)), name + ": gradient of a masked row");
  for (int64_t i = 0; i < 5; ++i)
    check(std::isnan(poisoned.o.get(i * poisoned.q_row)) == (i >= 3), name + ": NaN stays visible");
  for (const double scale : {0.0, -0.5}) {
    AttentionArrays want = turned;
    AttentionForwardArgs args = turned.forward(), reference = want.forward();
    args.problem.scale = reference.problem.scale = scale;
    cuda::attention_forward(args, emulated_run());
    cpu::attention_forward(reference, reference_run());
    check_near(turned.o, want.o, epsilon_of(dtype), name + " scale " + std::to_string(scale));
  }
}

// A bucket out of range is reported, and nothing past the terms is read.
void check_bad_bucket() {
  for (const DType dtype : {DType::f32, DType::bf16}) {
    AttentionArrays a = arrays_of(by_mma({.sq = {5}, .skv = {5}, .relative = "row"}, dtype));
    a.bucket_of[3] = -2, a.bucket_of[4] = 1 << 30;
    std::vector<DeviceFault> faults(1);
    const DeviceFault& fault = faults[0];
    cuda::Run run = emulated_run();
    run.faults = {faults.data(), 7};
    cuda::attention_forward(a.forward(), run);
    check(fault.reports == 2 && fault.op == 7 && fault.kind == FaultKind::index && fault.limit == 7 &&
              (fault.position == 3 || fault.position == 4),
          std::string("attention reports buckets out of range in ") + dtype_name(dtype));
  }
}

// Wrong segments are reported, and nothing outside of the rows is read or written, also by the backward pass.
void check_bad_segments(DType dtype, FaultKind kind, const std::function<void(AttentionArrays&)>& break_it) {
  AttentionArrays a = arrays_of(by_mma({.sq = {70, 5}, .skv = {70, 5}, .causal = true, .padding = 2}, dtype));
  break_it(a);
  std::vector<DeviceFault> faults(1);
  cuda::Run run = emulated_run();
  run.faults = {faults.data(), 7};
  cuda::attention_forward(a.forward(), run);
  check(faults[0].reports > 0 && faults[0].kind == kind, std::string("attention reports segments of kind ") +
                                                             std::to_string(static_cast<int>(kind)) + " in " +
                                                             dtype_name(dtype));
  cuda::attention_backward(a.backward(), run);
}
void check_bad_segments() {
  constexpr int32_t kFar = 1 << 30;
  for (const DType dtype : {DType::f32, DType::bf16}) {
    check_bad_segments(dtype, FaultKind::segment_end, [](AttentionArrays& a) { a.q_cu[2] = kFar; });
    check_bad_segments(dtype, FaultKind::segment_end, [](AttentionArrays& a) { a.kv_cu[2] = kFar; });
    check_bad_segments(dtype, FaultKind::segment_order, [](AttentionArrays& a) {
      a.q_cu[1] = a.kv_cu[1] = -1;
      a.q_cu[2] = a.kv_cu[2] = 69;
    });
    check_bad_segments(dtype, FaultKind::segment_start, [](AttentionArrays& a) { a.kv_cu[0] = 3; });
    check_bad_segments(dtype, FaultKind::segment_length, [](AttentionArrays& a) { a.q_cu[1] = 72; });
  }
}

void check_all() {
  for (const DType dtype : {DType::f32, DType::bf16}) check_rare_scores(dtype);
  check_tensor_cores(DType::bf16);
  check_case(
      by_mma({.sq = {130, 70, 2}, .skv = {130, 2, 70}, .heads = 2, .kv_heads = 2, .head_size = 64, .dropout_p = 0.1},
             DType::f16));
  check_case(by_mma({.sq = {70}, .skv = {140}, .heads = 1, .kv_heads = 1, .head_size = 128, .bias = "j"}, DType::f16));
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) check_ffma(dtype);
  std::vector<int32_t> many(131, 1);  // more sequences than a block of the tile list's kernel looks at
  many[129] = 70;
  check_case({.sq = many, .skv = many, .heads = 1, .kv_heads = 1, .head_size = 4});
  check_masks({.sq = {70, 3}, .skv = {70, 40}, .heads = 2, .kv_heads = 1, .head_size = 16, .padding = 1});
  check_masks({.sq = {40, 7}, .skv = {10, 0}, .heads = 1, .kv_heads = 1, .head_size = 8});
  check_modified({.sq = {17, 30}, .skv = {75, 30}, .heads = 2, .kv_heads = 2, .head_size = 12}, DType::f32);
  each_relative({.sq = {17, 40}, .skv = {90, 40}, .heads = 2, .kv_heads = 1, .head_size = 12}, check_case);
  each_global({.sq = {}, .skv = {}, .heads = 2, .kv_heads = 1, .head_size = 4}, check_case);
  check_case(
      by_mma({.sq = {40}, .skv = {140}, .heads = 1, .kv_heads = 1, .head_size = 128, .relative = "row"}, DType::f16));
  check_bad_bucket();
  check_bad_segments();
}

}  // namespace
}  // namespace gridstride::test

int main() {
  gridstride::test::check_all();
  std::printf("worst error %.2f of the tolerance\n", gridstride::test::worst_of_all);
  return gridstride::test::close();
}
