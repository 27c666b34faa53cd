// The bf16 kernels tile by tile: a processor's instructions and their twin give the same bits, whatever the numbers,
// and the twins give what their documentation says, worked out here in another way.
#include "native/cpu/gemm/bf16/arithmetic.h"
#include "test/native/kernel_check.h"

namespace gridstride::test {
namespace {

constexpr int64_t kDepth = 96;  // room for all tiles
constexpr int64_t kRows = 32;

// Numbers that products and sums are hard on: all exponents, subnormal ones, zeros, infinities and NaN.
BFloat16 hard_number(Sequence& sequence, bool finite) {
  auto bits = static_cast<uint16_t>(sequence.bits() >> 20);
  if (sequence.below(4) == 0) bits &= 0x807f;  // subnormal or zero
  if (sequence.below(2) == 0) bits = static_cast<uint16_t>((bits & 0x80ff) | 0x3f00);
  if (finite && (bits & 0x7f80) == 0x7f80) bits = 0x3f80;
  return {bits};
}

struct Operands {
  std::vector<char> a = std::vector<char>(kRows * cpu::kRowBytes), b = std::vector<char>(kDepth / 2 * 32 * 4);
  std::vector<float> c = std::vector<float>(kRows * 40);

  Operands(uint64_t seed, int64_t depth, int64_t panel, bool finite) {
    Sequence sequence(seed);
    for (int64_t i = 0; i < kRows; ++i)
      for (int64_t k = 0; k < depth; ++k) {
        const BFloat16 x = hard_number(sequence, finite);
        memcpy(a.data() + i * cpu::kRowBytes + k * 2, &x, 2);
      }
    for (int64_t i = 0; i < depth * panel; ++i) {
      const BFloat16 x = hard_number(sequence, finite);
      memcpy(b.data() + i * 2, &x, 2);
    }
    for (float& x : c) x = to_float(hard_number(sequence, finite)) * 1.0001f;
  }
};

// NaN for NaN, else bit for bit.
bool same(const std::vector<float>& a, const std::vector<float>& b) {
  for (size_t i = 0; i < a.size(); ++i)
    if (float_bits(a[i]) != float_bits(b[i]) && !(std::isnan(a[i]) && std::isnan(b[i]))) return false;
  return true;
}

std::vector<float> multiply(const cpu::MicroKernel& kernel, const Operands& x, int64_t rows, int64_t depth, bool add) {
  std::vector<float> c = x.c;
  if (kernel.enter) kernel.enter();
  kernel.multiply(rows, {x.a.data(), x.b.data(), c.data(), 40, depth, add});
  if (kernel.leave) kernel.leave();
  return c;
}

void check_twins() {
  for (const cpu::InstructionSet& set : cpu::available_sets()) {
    const cpu::MicroKernel *kernel = cpu::bf16_kernel(set.dot, false), *twin = cpu::bf16_kernel(set.dot, true);
    if (!kernel) continue;
    for (uint64_t seed = 1; seed <= 8; ++seed)
      for (int64_t rows = 1; rows <= kernel->tile_rows; ++rows)
        for (const bool add : {false, true}) {
          const Operands x(seed * 100 + static_cast<uint64_t>(rows), kDepth, kernel->panel, seed % 2 == 0);
          check(same(multiply(*kernel, x, rows, kDepth, add), multiply(*twin, x, rows, kDepth, add)),
                "twin of " + set_name(set) + " rows " + std::to_string(rows) + " seed " + std::to_string(seed));
        }
  }
}

// Every kernel against sums in double of numbers that f32 adds exactly, tile size by tile size; what lies outside of
// the tile stays.
void check_tiles() {
  std::vector<const cpu::MicroKernel*> kernels;
  for (const cpu::InstructionSet& set : product_sets())
    if (const auto* kernel = cpu::bf16_kernel(set.dot, set.is_plain)) kernels.push_back(kernel);
  check(kernels.size() >= 3, "three kernels or more");
  for (const cpu::MicroKernel* kernel : kernels)
    for (int64_t rows = 1; rows <= kernel->tile_rows; ++rows)
      for (const int64_t depth : {0, 32, 64}) {
        Sequence sequence(static_cast<uint64_t>(rows + depth));
        Operands x(1, 0, kernel->panel, true);
        const auto draw = [&] { return to_bfloat16(static_cast<float>(sequence.below(17) - 8)); };
        for (int64_t i = 0; i < kRows; ++i)
          for (int64_t k = 0; k < depth; ++k) {
            const BFloat16 value = draw();
            memcpy(x.a.data() + i * cpu::kRowBytes + k * 2, &value, 2);
          }
        std::vector<BFloat16> b(static_cast<size_t>(depth * kernel->panel));  // (depth / 2, panel, 2)
        for (BFloat16& value : b) value = draw();
        if (depth > 0) memcpy(x.b.data(), b.data(), b.size() * 2);
        for (float& value : x.c) value = 3;
        const std::vector<float> got = multiply(*kernel, x, rows, depth, true);
        std::vector<float> want = x.c;
        for (int64_t i = 0; i < rows; ++i)
          for (int64_t j = 0; j < kernel->panel; ++j)
            for (int64_t k = 0; k < depth; ++k) {
              BFloat16 left;
              memcpy(&left, x.a.data() + i * cpu::kRowBytes + k * 2, 2);
              want[static_cast<size_t>(i * 40 + j)] +=
                  to_float(left) * to_float(b[static_cast<size_t>((k / 2 * kernel->panel + j) * 2 + k % 2)]);
            }
        check(same(got, want), "tile of " + std::to_string(rows) + " rows, depth " + std::to_string(depth) +
                                   ", panel " + std::to_string(kernel->panel));
      }
}

void check_arithmetic() {
  const BFloat16 one = to_bfloat16(1), tiny{1}, least{0x0080}, minus{0xbf80};
  check(cpu::multiply_add(0, tiny, one) == 0, "a subnormal operand is zero");
  check(cpu::multiply_add(0x1p-130f, one, tiny) == 0, "a subnormal sum is zero");
  check(cpu::multiply_add(0, least, to_bfloat16(0.5f)) == 0, "a subnormal result is zero");
  check(std::signbit(cpu::multiply_add(-0x1p-126f, least, to_bfloat16(0.5f))), "it keeps its sign");
  // 2^24 + 1 + 2^-40 lies past the middle of two floats, 2^24 + 1 and 2^24 + 3 lie on it: ties go to even.
  check(cpu::add_nearest(0x1p24f, 1) == 0x1p24f && cpu::add_nearest(0x1.000002p24f, 1) == 0x1.000004p24f,
        "ties to even");
  check(cpu::round_nearest(cpu::add_to_odd(0x1p24 + 1, 0x1p-40)) == 0x1.000002p24f, "past a tie");
  check(cpu::add_odd(0x1p24f, 1) == 0x1.000002p24f && cpu::add_odd(0x1p24f, -0x1p-30f) == 0x1.fffffep23f, "to odd");
  check(cpu::add_odd(0x1.fffffep127f, 0x1p100f) == 0x1.fffffep127f, "the largest number absorbs a rest");
  check(std::isinf(cpu::add_odd(0x1.fffffep127f, 0x1p104f)), "and overflows by a unit");
  check(cpu::multiply_add(1, minus, one) == 0, "cancellation");
}

}  // namespace
}  // namespace gridstride::test

int main() {
  gridstride::test::check_arithmetic();
  gridstride::test::check_tiles();
  gridstride::test::check_twins();
  return gridstride::test::close();
}
