// The copy kernels against the CPU's, bit for bit: runs, tiles of transposes, strides on either side; and the split of
// what is too large for one launch.
#include "kernels/layout/copy.h"

#include <map>

#include "native/cuda/strided.h"
#include "test/kernels/strided_case.h"

namespace gridstride {
namespace cpu {
void copy(const CopyArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void copy(const CopyArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

void check_case(const char* name, const Sizes& sizes, const Sizes& from, const Sizes& to, DType dtype,
                int64_t shift = 0) {
  Buffer x(dtype, extent(sizes, from) + shift);
  for (int64_t i = 0; i < x.count(); ++i) x.set(i, i % 251);
  CopyArgs args{};
  put(args.sizes, sizes);
  put(args.x_strides, from);
  put(args.y_strides, to);
  args.rank = static_cast<int32_t>(sizes.size());
  args.dtype = dtype;
  args.x = at_element(x, shift);
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {Buffer(dtype, extent(sizes, to))};
    for (int64_t i = 0; i < out[0].count(); ++i) out[0].set(i, 7);
    CopyArgs mine = args;
    mine.y = out[0].data();
    launch(mine, run);
    return out;
  };
  compare_with_cpu(
      label(name, cpu::Isa::reference, dtype, product(sizes), shift), run_on(cpu::copy, reference_run()),
      [&](cuda::Run& run) { return run_on(cuda::copy, run); }, 0);
}

void transposes(DType dtype) {
  for (const auto& [rows, columns] : {std::pair<int64_t, int64_t>{8, 8}, {64, 64}, {65, 33}, {100, 36}, {132, 68}})
    check_case("transpose", {rows, columns}, {1, rows}, {columns, 1}, dtype);
  check_case("misaligned transpose", {36, 68}, {1, 36}, {68, 1}, dtype, 1);
  check_case("stack of transposes", {3, 2, 36, 40}, {2880, 1440, 1, 36}, {2880, 1440, 40, 1}, dtype);
  check_case("channels last", {2, 9, 5, 7}, {315, 1, 63, 9}, {315, 35, 7, 1}, dtype);
  check_case("written transposed", {40, 36}, {36, 1}, {1, 40}, dtype);
  check_case("into a slice", {36, 40}, {1, 36}, {64, 1}, dtype);
  check_case("heads", {2, 3, 5, 8}, {120, 8, 24, 1}, {120, 40, 8, 1}, dtype);
}

// Parts of at most `most` elements: every element once, at the offsets of the undivided plan.
void splits(int64_t most, int length) {
  const int64_t sizes[] = {3, 7, 10}, x_strides[] = {1, 100, 3}, y_strides[] = {70, 10, 1};
  const cuda::StridedPlan<2> plan(3, sizes, {x_strides, y_strides});
  std::map<int64_t, int64_t> seen;
  bool small = true;
  plan.parts(
      length,
      [&](const StridedRuns<2>& part, const std::array<int64_t, 2>& offsets) {
        small = small && part.runs * static_cast<uint32_t>(length) <= most + length * part.runs;
        for (uint32_t run = 0; run < part.runs; ++run) {
          int64_t at[2];
          const int n = length == 1 ? part.locate<1>(run, at) : part.locate<4>(run, at);
          for (int j = 0; j < n; ++j)
            seen[offsets[1] + at[1] + j * part.strides[1][0]] = offsets[0] + at[0] + j * part.strides[0][0];
        }
      },
      most);
  bool equal = seen.size() == 210;
  for (int64_t i = 0; i < 210 && equal; ++i) equal = seen[i] == i / 70 + i / 10 % 7 * 100 + i % 10 * 3;
  check(equal && small, "a plan split at " + std::to_string(most) + " by " + std::to_string(length));
}

void divisors() {
  bool equal = true;
  for (const uint32_t d : {1u, 2u, 3u, 7u, 10u, 641u, 65535u, 65536u, 1000003u, 0x40000000u, 0x7fffffffu})
    for (const uint32_t n : {0u, 1u, 2u, d - 1, d, d + 1, 3 * (d / 4), 0x3fffffffu, 0x7ffffffeu, 0x7fffffffu})
      if (n < 0x80000000u) equal = equal && Divisor::of(d).quotient(n) == n / d;
  check(equal, "a divisor divides");
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const auto& c : strided_cases()) {
    for (const DType dtype : {DType::u8, DType::bf16, DType::f32, DType::f64}) {
      check_case(c.name, c.sizes, c.a, c.y, dtype, c.shift);
      check_case(c.name, c.sizes, c.b, c.y, dtype);
    }
  }
  for (const DType dtype : {DType::u8, DType::bf16, DType::f32, DType::i64}) transposes(dtype);
  // More elements than the grid has threads.
  check_case("large", {2048 * 256 + 300}, {1}, {1}, DType::u8, 1);
  for (const int64_t most : {1, 4, 9, 10, 11, 30, 69, 100, 210})
    for (const int length : {1, 4}) splits(most, length);
  divisors();
  return close();
}
