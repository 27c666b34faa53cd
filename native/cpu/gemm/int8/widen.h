// The tile where there are no products of bytes: bytes become 16-bit integers, whose products add up in pairs.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "kernels/gemm/linear_int8.h"
#include "native/cpu/gemm/int8/kernels.h"
#include "native/cpu/simd/unroll.h"
#include "native/cpu/simd/vec.h"

namespace gridstride::cpu::GS_ISA {

typedef int16_t Halves __attribute__((vector_size(kLanes * 4)));

constexpr int kWidenRows = 2;
constexpr int kWidenColumns = kLanes / 2;                 // of a vector: four products each, in two sums
constexpr int kWidenVecs = kInt8Columns / kWidenColumns;  // of a block

// Sums of neighbouring products.
static inline VecInt multiply_pairs(Halves a, Halves b) {
#if defined(GS_ISA_avx512)
  return (VecInt)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif defined(GS_ISA_avx2)
  return (VecInt)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif defined(__x86_64__)
  return (VecInt)_mm_madd_epi16((__m128i)a, (__m128i)b);
#else
  VecInt sum;
  for (int i = 0; i < kLanes; ++i) sum[i] = int32_t{a[2 * i]} * b[2 * i] + int32_t{a[2 * i + 1]} * b[2 * i + 1];
  return sum;
#endif
}

static inline Halves widen_bytes(const uint8_t* p) {
  typedef uint8_t Bytes __attribute__((vector_size(kLanes * 2)));
  Bytes bytes;
  memcpy(&bytes, p, sizeof bytes);
  return __builtin_convertvector(bytes, Halves);
}

// One group of a row, for every column.
static inline Halves repeat_group(const int8_t* p) {
  const uint64_t group = static_cast<uint16_t>(p[0]) | uint64_t{static_cast<uint16_t>(p[1])} << 16 |
                         uint64_t{static_cast<uint16_t>(p[2])} << 32 | uint64_t{static_cast<uint16_t>(p[3])} << 48;
  typedef uint64_t Groups __attribute__((vector_size(kLanes * 4)));
  return (Halves)(Groups{} + group);
}

template <int R>
static void multiply_widened_block(const Int8Tile& tile, const uint8_t* b, int32_t* sums) {
  VecInt sum[R][kWidenVecs] = {};
  const int8_t* a = tile.a;
  for (int64_t k = tile.depth / kInt8Group; k > 0; --k) {
    Halves left[R];
    GS_UNROLL
    for (int i = 0; i < R; ++i) left[i] = repeat_group(a + i * tile.a_row);
    GS_UNROLL
    for (int j = 0; j < kWidenVecs; ++j) {
      const Halves right = widen_bytes(b + j * kLanes * 2);
      GS_UNROLL
      for (int i = 0; i < R; ++i) sum[i][j] += multiply_pairs(left[i], right);
    }
    a += kInt8Group;
    b += kInt8BlockLine;
  }
  for (int i = 0; i < R; ++i)
    for (int j = 0; j < kInt8Columns; ++j)
      sums[i * kInt8Panel + j] =
          sum[i][j / kWidenColumns][j % kWidenColumns * 2] + sum[i][j / kWidenColumns][j % kWidenColumns * 2 + 1];
}

static void multiply_widened(int64_t rows, const Int8Tile& tile) {
  for (int block = 0; block < 2; ++block) {
    int32_t* sums = tile.sums + block * kInt8Columns;
    if (rows == 1)
      multiply_widened_block<1>(tile, tile.blocks[block], sums);
    else
      multiply_widened_block<kWidenRows>(tile, tile.blocks[block], sums);
  }
}

constexpr Int8Kernel kWidenedKernel = {kWidenRows, false, multiply_widened, nullptr, nullptr};

}  // namespace gridstride::cpu::GS_ISA
