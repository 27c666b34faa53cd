// Copies operands into the layouts the f32 tiles want, converting to f32: rows of A a constant apart, B in panels
// [depth][kPanel] whose missing columns are zero.
#pragma once

#include "native/cpu/gemm/gemm.h"
#include "native/cpu/gemm/tile.h"
#include "native/cpu/simd/storage.h"

namespace gridstride::cpu::GS_ISA {

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
static inline int64_t round_up(int64_t a, int64_t b) { return divide_up(a, b) * b; }

template <class T>
static inline Vec load_up_to(const T* p, int64_t n) {
  return n >= kLanes ? load(p) : load_part(p, n);
}
template <class T>
static inline void store_up_to(T* p, Vec v, int64_t n) {
  if (n >= kLanes)
    store(p, v);
  else
    store_part(p, v, n);
}

// to[i * to_row + j] = from[i * from_row + j]; writes whole vectors, zero past `cols`.
template <class T>
static inline void copy_block(const T* from, int64_t from_row, int64_t rows, int64_t cols, float* to, int64_t to_row) {
  for (int64_t i = 0; i < rows; ++i) {
    const T* source = from + i * from_row;
    float* target = to + i * to_row;
    int64_t j = 0;
    for (; j + kLanes <= cols; j += kLanes) store(target + j, load(source + j));
    if (j < cols) store(target + j, load_part(source + j, cols - j));
  }
}

// to[j * to_row + i] = element j of row i; writes whole vectors, zero past `rows`. load_row(i, j, n) is a vector of row
// i from j on, of which n elements are there (n may be more than a vector holds).
template <class LoadRow>
static inline void transpose_rows(LoadRow load_row, int64_t rows, int64_t cols, float* to, int64_t to_row) {
  for (int64_t i0 = 0; i0 < rows; i0 += kLanes) {
    const int64_t height = smaller(kLanes, rows - i0);
    for (int64_t j0 = 0; j0 < cols; j0 += kLanes) {
      const int64_t left = cols - j0, width = smaller(kLanes, left);
      float* target = to + j0 * to_row + i0;
      Vec block[kLanes];
      if (height == kLanes && width == kLanes) {
        GS_UNROLL
        for (int i = 0; i < kLanes; ++i) block[i] = load_row(i0 + i, j0, kLanes);
        transpose(block);
        GS_UNROLL
        for (int j = 0; j < kLanes; ++j) store(target + j * to_row, block[j]);
        continue;
      }
      for (int i = 0; i < kLanes; ++i) block[i] = i < height ? load_row(i0 + i, j0, left) : Vec{};
      transpose(block);
      for (int j = 0; j < width; ++j) store(target + j * to_row, block[j]);
    }
  }
}

// to[j * to_row + i] = from[i * from_row + j]; writes whole vectors, zero past `rows`.
template <class T>
static inline void transpose_block(const T* from, int64_t from_row, int64_t rows, int64_t cols, float* to,
                                   int64_t to_row) {
  transpose_rows([=](int64_t i, int64_t j, int64_t n) { return load_up_to(from + i * from_row + j, n); }, rows, cols,
                 to, to_row);
}

template <class T>
static inline void gather_block(const T* from, int64_t from_row, int64_t from_col, int64_t rows, int64_t cols,
                                float* to, int64_t to_row) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j) to[i * to_row + j] = to_float(from[i * from_row + j * from_col]);
}

// Rows [row, row + rows) x depth [k, k + depth) of A. May write up to a vector past the depth of each row.
template <class T>
static inline void pack_rows(const T* a, int64_t row_stride, int64_t col_stride, int64_t rows, int64_t depth, float* to,
                             int64_t to_row) {
  if (col_stride == 1)
    copy_block(a, row_stride, rows, depth, to, to_row);
  else if (row_stride == 1)
    transpose_block(a, col_stride, depth, rows, to, to_row);
  else
    gather_block(a, row_stride, col_stride, rows, depth, to, to_row);
}

// One panel of B: depth x cols (<= kPanel), the rest of the panel zero.
template <class T>
static inline void pack_panel(const T* b, int64_t row_stride, int64_t col_stride, int64_t depth, int64_t cols,
                              float* to) {
  if (cols < kPanel)
    for (int64_t i = 0; i < depth * kPanel; i += kLanes) store(to + i, Vec{});
  if (col_stride == 1)
    copy_block(b, row_stride, depth, cols, to, kPanel);
  else if (row_stride == 1)
    transpose_block(b, col_stride, cols, depth, to, kPanel);
  else
    gather_block(b, row_stride, col_stride, depth, cols, to, kPanel);
}

// The same from an operand of any dtype, from element `offset` on.
static inline void pack_operand_rows(const GemmOperand& a, int64_t offset, int64_t rows, int64_t depth, float* to,
                                     int64_t to_row) {
  if (depth == 0) return;  // data may be null then
  with_storage(a.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    pack_rows(static_cast<const T*>(a.data) + offset, a.row, a.col, rows, depth, to, to_row);
  });
}
static inline void pack_operand_panel(const GemmOperand& b, int64_t offset, int64_t depth, int64_t cols, float* to) {
  if (depth == 0) return;
  with_storage(b.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    pack_panel(static_cast<const T*>(b.data) + offset, b.row, b.col, depth, cols, to);
  });
}

}  // namespace gridstride::cpu::GS_ISA
