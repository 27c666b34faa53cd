// Scatter and scatter-add: every path against plain loops, gradients, equal places, bad indices.
#include "kernels/layout/scatter.h"

#include "test/native/kernel_compare.h"

namespace gridstride::cpu {
void scatter(const ScatterArgs& args, Run& run);
void scatter_add(const ScatterArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::test {
namespace {

// x (4, 5, 6), index and source (3, 7, 6) along dim 1: smaller than x along dim 0, and with equal places.
struct Inputs {
  explicit Inputs(DType dtype) : x(dtype, 120, 1, 4), source(dtype, 126, 2, 4), index(DType::i64, 126) {
    Sequence sequence(8);
    for (int64_t i = 0; i < index.count(); ++i) index.set(i, static_cast<double>(sequence.below(5)));
  }
  Outputs both(cpu::Run& run) {
    Outputs out = {Buffer(x.dtype(), 120), Buffer(x.dtype(), 120)};
    ScatterArgs args = {
        x.data(), index.data(), source.data(), nullptr, {3, 7, 6}, {42, 6, 1}, {42, 6, 1}, {30, 6, 1}, 5, 120, 3,
        1,        x.dtype(),    DType::i64};
    args.y = out[0].data();
    cpu::scatter(args, run);
    args.y = out[1].data();
    cpu::scatter_add(args, run);
    return out;
  }
  Buffer x, source, index;
};

void check_dtype(DType dtype) {
  Inputs in(dtype);
  const std::string name = label("scatter", cpu::Isa::reference, dtype);
  compare_with_reference(
      name, [&](cpu::Run& run) { return in.both(run); }, 0);
  const Outputs out = in.both(reference_run());
  Buffer put = in.x;
  std::vector<double> sums;
  for (int64_t i = 0; i < 120; ++i) sums.push_back(in.x.get(i));
  for (int64_t i = 0; i < 126; ++i) {
    const int64_t to = i / 42 * 30 + static_cast<int64_t>(in.index.get(i)) * 6 + i % 6;
    put.set(to, in.source.get(i));
    sums[static_cast<size_t>(to)] += in.source.get(i);
  }
  check_same_bits(out[0], put, name + " of the last");
  check_close(out[1], Buffer(dtype, sums), 1, name + " added");
  if (dtype != DType::f64) return;
  Buffer dy(dtype, 120, 3), dsource(dtype, 126);
  for (int64_t i = 0; i < 126; ++i)
    dsource.set(i, dy.get(i / 42 * 30 + static_cast<int64_t>(in.index.get(i)) * 6 + i % 6));
  check_gradient(name + " added, x", in.x, dy, [&] { return weighted_sum(in.both(reference_run())[1], dy); });
  check_gradient(name + " added", in.source, dsource, [&] { return weighted_sum(in.both(reference_run())[1], dy); });
}

void bad_index() {
  Inputs in(DType::f32);
  in.index.set(50, 5);
  std::string text;
  check(error_of([&] { in.both(reference_run()); }, &text) == ErrorCode::kData &&
            text == "scatter: indices must lie in [0, 5), got 5 at position 1 of its column",
        text);
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::f64}) check_dtype(dtype);
  bad_index();
  return close();
}
