// The AVX-512-VNNI tile: up to 14 rows by 32 columns. D stands for the instructions: the processor's own, or the twin.
#pragma once

#include <utility>

#include "kernels/gemm/linear_int8.h"
#include "native/cpu/gemm/int8/kernels.h"
#include "native/cpu/simd/unroll.h"

namespace gridstride::cpu {

constexpr int kVnniRows = 14;  // 28 accumulators, 2 of b, 1 of a: 31 of 32 registers

template <class D, int R>
static void multiply_vnni_rows(const Int8Tile& tile) {
  constexpr int kBlocks = 2, kAhead = 16;  // groups of b on the way to L1
  typename D::Sums sum[R][kBlocks];
  GS_UNROLL
  for (int i = 0; i < R; ++i) {
    GS_UNROLL
    for (int j = 0; j < kBlocks; ++j) sum[i][j] = D::zero();
  }
  const int8_t* a = tile.a;
  const uint8_t *first = tile.blocks[0], *second = tile.blocks[1];
  for (int64_t k = tile.depth / kInt8Group; k > 0; --k) {
    const typename D::Bytes right[kBlocks] = {D::load(first), D::load(second)};
    __builtin_prefetch(first + kAhead * kInt8BlockLine, 0, 3);
    __builtin_prefetch(second + kAhead * kInt8BlockLine, 0, 3);
    GS_UNROLL
    for (int i = 0; i < R; ++i) {
      const typename D::Bytes left = D::repeat(a + i * tile.a_row);
      GS_UNROLL
      for (int j = 0; j < kBlocks; ++j) sum[i][j] = D::dot(sum[i][j], right[j], left);
    }
    a += kInt8Group;
    first += kInt8BlockLine;
    second += kInt8BlockLine;
  }
  GS_UNROLL
  for (int i = 0; i < R; ++i) {
    GS_UNROLL
    for (int j = 0; j < kBlocks; ++j) D::store(tile.sums + i * kInt8Panel + j * kInt8Columns, sum[i][j]);
  }
}

template <class D, int... kRow>
static void multiply_vnni_tile(int64_t rows, const Int8Tile& tile, std::integer_sequence<int, kRow...>) {
  static constexpr void (*functions[])(const Int8Tile&) = {multiply_vnni_rows<D, kRow + 1>...};
  functions[rows - 1](tile);
}

template <class D>
constexpr Int8Kernel make_vnni_kernel() {
  return {kVnniRows, false,
          [](int64_t rows, const Int8Tile& tile) {
            multiply_vnni_tile<D>(rows, tile, std::make_integer_sequence<int, kVnniRows>());
          },
          nullptr, nullptr};
}

}  // namespace gridstride::cpu
