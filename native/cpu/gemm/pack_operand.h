// Operands and tiles of a blocked product as a micro-kernel wants them.
#pragma once

#include "native/cpu/gemm/gemm.h"
#include "native/cpu/gemm/pack_pairs.h"

namespace gridstride::cpu::GS_ISA {

static inline int64_t element_bytes(const MicroKernel& kernel) { return dtype_size(kernel.element); }

// Depth of packed operands.
static inline int64_t packed_depth(const MicroKernel& kernel, int64_t depth) {
  return kernel.element == DType::f32 ? depth : round_up(depth, kDepthUnit);
}

// From element `offset` on; packed rows lie to_row bytes apart.
static inline void pack_operand_rows(const MicroKernel& kernel, const GemmOperand& a, int64_t offset, int64_t rows,
                                     int64_t depth, char* to, int64_t to_row = kRowBytes) {
  if (depth == 0) return;  // data may be null then
  if (kernel.element != DType::f32)
    return pack_pair_rows({static_cast<const BFloat16*>(a.data) + offset, a.row, a.col, rows, depth}, to, to_row);
  pack_operand_rows(a, offset, rows, depth, reinterpret_cast<float*>(to), to_row / 4);
}

// One panel: depth x cols (<= kernel.panel), the rest zero.
static inline void pack_operand_panel(const MicroKernel& kernel, const GemmOperand& b, int64_t offset, int64_t depth,
                                      int64_t cols, char* to) {
  if (depth == 0) return;
  if (kernel.element != DType::f32)
    return pack_pair_panel({static_cast<const BFloat16*>(b.data) + offset, b.col, b.row, cols, depth}, kernel.panel,
                           to);
  pack_operand_panel(b, offset, depth, cols, reinterpret_cast<float*>(to));
}

// How the rows of a block are cut into tiles.
static inline int64_t tile_count(const MicroKernel& kernel, int64_t rows) { return divide_up(rows, kernel.tile_rows); }
static inline int64_t tile_begin(const MicroKernel& kernel, int64_t rows, int64_t i) {
  if (kernel.fills_tiles) return smaller(rows, i * kernel.tile_rows);
  return rows * i / tile_count(kernel, rows);
}

// While it lives, this thread may call the kernel.
class TileScope {
 public:
  explicit TileScope(const MicroKernel& kernel) : kernel_(kernel) {
    if (kernel_.enter) kernel_.enter();
  }
  ~TileScope() {
    if (kernel_.leave) kernel_.leave();
  }
  TileScope(const TileScope&) = delete;
  TileScope& operator=(const TileScope&) = delete;

 private:
  const MicroKernel& kernel_;
};

}  // namespace gridstride::cpu::GS_ISA
