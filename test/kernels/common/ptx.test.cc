// The emulation's PTX wrappers against the tables of the PTX ISA: each expected value is computed from whole matrices,
// with the place of an element in the fragments written as the ISA writes it.
#include "test/kernels/common/ptx.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/math/philox.h"
#include "test/native/kernel_check.h"

namespace gridstride::test {
namespace {

// Element (r, c) of matrix m is the 16-bit number 64 m + 8 r + c.
void matrices() {
  for (const int count : {1, 2, 4}) {
    Words tile(static_cast<size_t>(32 * count));
    for (size_t i = 0; i < tile.size(); ++i) tile[i] = static_cast<uint32_t>(2 * i | (2 * i + 1) << 16);
    for (const bool transposed : {false, true}) {
      const Words got = load_matrices(count, transposed, tile);
      bool right = true;
      for (uint32_t lane = 0; lane < 32; ++lane)
        for (uint32_t m = 0; m < static_cast<uint32_t>(count); ++m) {
          const uint32_t row = lane / 4, column = lane % 4 * 2;
          const uint32_t low = 64 * m + (transposed ? 8 * column + row : 8 * row + column);
          const uint32_t high = low + (transposed ? 8 : 1);
          right &= got[lane * static_cast<uint32_t>(count) + m] == (low | high << 16);
        }
      check(right, "ldmatrix x" + std::to_string(count) + (transposed ? " trans" : ""));
    }
  }
}

uint32_t bits_of(Mma kind, double x) {
  if (kind == Mma::bf16) return to_bfloat16(static_cast<float>(x)).bits;
  if (kind == Mma::f16) return to_float16(static_cast<float>(x)).bits;
  return float_bits(static_cast<float>(x)) | 0x1fff;  // bits the tensor core must not read
}

// Multiples of 1/16 below 1: every product and sum is exact in every type.
double sixteenth(Sequence& sequence) { return static_cast<double>(sequence.below(31) - 15) / 16; }

struct Fragments {
  explicit Fragments(Mma kind) : kind(kind), depth(kind == Mma::tf32 ? 8 : 16) {
    Sequence sequence(static_cast<uint64_t>(kind) + 1);
    for (auto& row : a)
      for (double& x : row) x = sixteenth(sequence);
    for (auto& row : b)
      for (double& x : row) x = sixteenth(sequence);
    for (auto& row : c)
      for (double& x : row) x = sixteenth(sequence);
  }
  // PTX ISA: groupID = lane >> 2, threadID_in_group = lane % 4; element i of A, B, C in that lane.
  double& a_of(int lane, int i) {
    if (kind == Mma::tf32) return a[lane / 4 + (i == 1 || i == 3 ? 8 : 0)][lane % 4 + (i >= 2 ? 4 : 0)];
    const bool upper = (i >= 0 && i < 2) || (i >= 4 && i < 6);
    return a[lane / 4 + (upper ? 0 : 8)][lane % 4 * 2 + (i & 1) + (i >= 4 ? 8 : 0)];
  }
  double& b_of(int lane, int i) {
    if (kind == Mma::tf32) return b[lane % 4 + (i == 1 ? 4 : 0)][lane / 4];
    return b[lane % 4 * 2 + (i & 1) + (i >= 2 ? 8 : 0)][lane / 4];
  }
  double& c_of(int lane, int i) { return c[lane / 4 + (i >= 2 ? 8 : 0)][lane % 4 * 2 + (i & 1)]; }

  Mma kind;
  int depth;
  double a[16][16], b[16][8], c[16][8];
};

void products() {
  for (const Mma kind : {Mma::bf16, Mma::f16, Mma::tf32}) {
    Fragments f(kind);
    const int per_register = kind == Mma::tf32 ? 1 : 2;
    Words a(128, 0), b(64, 0);
    std::vector<float> c(128);
    for (int lane = 0; lane < 32; ++lane) {
      for (int i = 0; i < 4 * per_register; ++i)
        a[static_cast<size_t>(lane * 4 + i / per_register)] |= bits_of(kind, f.a_of(lane, i))
                                                               << (i % per_register * 16);
      for (int i = 0; i < 2 * per_register; ++i)
        b[static_cast<size_t>(lane * 2 + i / per_register)] |= bits_of(kind, f.b_of(lane, i))
                                                               << (i % per_register * 16);
      for (int i = 0; i < 4; ++i) c[static_cast<size_t>(lane * 4 + i)] = static_cast<float>(f.c_of(lane, i));
    }
    const std::vector<float> d = multiply(kind, a, b, c);
    for (auto& row : f.c)
      for (int n = 0; n < 8; ++n)
        for (int k = 0; k < f.depth; ++k) row[n] += f.a[&row - f.c][k] * f.b[k][n];
    bool right = true;
    for (int lane = 0; lane < 32; ++lane)
      for (int i = 0; i < 4; ++i) right &= d[static_cast<size_t>(lane * 4 + i)] == static_cast<float>(f.c_of(lane, i));
    check(right, "mma kind " + std::to_string(static_cast<int>(kind)));
  }
}

// Bytes of the whole range, signed by unsigned; element i of A, B and C in a lane as the ISA has it for m16n8k32.
void products_of_bytes() {
  Sequence sequence(9);
  int32_t a[16][32], b[32][8], c[16][8];
  for (auto& row : a)
    for (int32_t& x : row) x = static_cast<int32_t>(sequence.below(256)) - 128;
  for (auto& row : b)
    for (int32_t& x : row) x = static_cast<int32_t>(sequence.below(256));
  for (auto& row : c)
    for (int32_t& x : row) x = static_cast<int32_t>(sequence.below(1000)) - 500;
  Words left(128, 0), right(64, 0);
  std::vector<int32_t> sums(128);
  for (int lane = 0; lane < 32; ++lane) {
    for (int i = 0; i < 16; ++i) {
      const int row = lane / 4 + (i / 4 % 2 ? 8 : 0), column = lane % 4 * 4 + i % 4 + (i >= 8 ? 16 : 0);
      left[static_cast<size_t>(lane * 4 + i / 4)] |= static_cast<uint32_t>(a[row][column] & 0xff) << (i % 4 * 8);
    }
    for (int i = 0; i < 8; ++i)
      right[static_cast<size_t>(lane * 2 + i / 4)] |=
          static_cast<uint32_t>(b[lane % 4 * 4 + i % 4 + (i >= 4 ? 16 : 0)][lane / 4]) << (i % 4 * 8);
    for (int i = 0; i < 4; ++i)
      sums[static_cast<size_t>(lane * 4 + i)] = c[lane / 4 + (i >= 2 ? 8 : 0)][lane % 4 * 2 + i % 2];
  }
  const std::vector<int32_t> got = multiply_bytes(left, right, sums);
  bool agrees = true;
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < 4; ++i) {
      const int row = lane / 4 + (i >= 2 ? 8 : 0), column = lane % 4 * 2 + i % 2;
      int32_t sum = c[row][column];
      for (int k = 0; k < 32; ++k) sum += a[row][k] * b[k][column];
      agrees &= got[static_cast<size_t>(lane * 4 + i)] == sum;
    }
  check(agrees, "mma of bytes");
}

void copies() {
  std::vector<unsigned char> source(512 + 16);
  for (size_t i = 0; i < source.size(); ++i) source[i] = static_cast<unsigned char>(i * 7 + 1);
  for (const int bytes : {4, 8, 16}) {
    for (const int valid : {0, 1, bytes / 2, bytes}) {
      const auto got = copy_async(bytes, valid, source);
      bool right = true;
      for (size_t i = 0; i < got.size(); ++i) right &= got[i] == (static_cast<int>(i) % bytes < valid ? source[i] : 0);
      check(right, "cp.async of " + std::to_string(bytes) + " bytes, " + std::to_string(valid) + " valid");
    }
  }
}

void copies_on_condition() {
  std::vector<unsigned char> source(512);
  for (size_t i = 0; i < source.size(); ++i) source[i] = static_cast<unsigned char>(i * 5 + 3);
  const auto got = copy_async_if(source);
  bool right = true;
  for (size_t i = 0; i < got.size(); ++i) right &= got[i] == (i / 16 % 2 == 0 ? source[i] : 0);
  check(right, "cp.async of every second 16 bytes");
}

void barriers() {
  const Words got = hand_over(5);
  bool right = true;
  for (uint32_t i = 0; i < got.size(); ++i) right &= got[i] == i / 32 * 32 + 31 - i % 32;
  check(right, "rows handed over at named barriers");
}

// 2^x over its whole range, to the two units in the last place that the ISA allows.
void exponentials() {
  std::vector<float> x;
  for (int i = -125 * 64; i < 127 * 64; ++i) x.push_back(static_cast<float>(i) / 64 + 0x1p-9f);
  const auto y = convert(x);
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(y[i].exp2) / std::exp2(static_cast<double>(x[i])) - 1));
  check(worst <= 0x1p-22, "2^x: relative error " + std::to_string(worst * 0x1p22) + " of 2^-22");
}

void conversions() {
  constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
  // 1 + 2^-8 and 1 + 3 * 2^-8 are ties of bf16, 1 + 2^-11 is one of f16 and of tf32.
  const auto y = convert(
      {1.0f, 1.00390625f, 1.01171875f, 1.00048828125f, -1.00048828125f, 65520.0f, 0x1p-24f, kInf, kNan, -126.5f, 3.0f});
  check(y[0].bf16 == 0x3f80 && y[0].f16 == 0x3c00 && y[0].from_f16 == 1 && y[0].exp2 == 2, "conversions of 1");
  check(y[1].bf16 == 0x3f80 && y[2].bf16 == 0x3f82, "bf16 rounds ties to even");
  check(y[3].f16 == 0x3c00 && y[3].tf32 == 0x3f802000 && y[4].tf32 == 0xbf802000,
        "ties of f16 to even and of tf32 away from zero");
  check(y[5].f16 == 0x7c00 && y[6].f16 == 1 && y[6].from_f16 == 0x1p-24f, "f16 overflows and has subnormals");
  check(y[7].bf16 == 0x7f80 && y[7].f16 == 0x7c00 && y[7].tf32 == 0x7f800000, "infinity stays");
  check(y[8].bf16 == 0x7fff && y[8].f16 == 0x7fff, "NaN is 0x7fff");
  check(y[9].exp2 == 0 && y[10].exp2 == 8, "2^x flushes subnormals");
  for (const Converted& c : y)
    check(c.bf16x2 == (c.bf16 | 0x3f80u << 16) && c.f16x2 == (c.f16 | 0x3c00u << 16), "the first of a pair lies low");
}

void random_numbers() {
  const Words got = philox_words(0x123456789abcdefull, 3, 96);
  bool right = true;
  for (uint64_t i = 0; i < 3 * 96; ++i)
    for (uint64_t k = 0; k < 4; ++k) right &= got[4 * i + k] == philox(0x123456789abcdefull, i).word[k];
  check(right, "Philox on the device and on the CPU");
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  matrices();
  products();
  products_of_bytes();
  copies();
  copies_on_condition();
  barriers();
  exponentials();
  conversions();
  random_numbers();
  return close();
}
