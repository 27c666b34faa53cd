// The kernels that multiply rows of 8-bit integers with packed weights (layout: kernels/gemm/linear_int8.h).
#pragma once

#include <cstdint>

#include "native/cpu/isa.h"

namespace gridstride::cpu {

constexpr int64_t kInt8Panel = 32;      // columns of a tile: two blocks
constexpr int64_t kInt8MaxRows = 32;    // of a tile of any kernel
constexpr int64_t kInt8BlockLine = 64;  // bytes of a group of a block

// sums (rows, kInt8Panel) = a (rows, depth) b (depth, kInt8Panel), a signed, b unsigned bytes.
struct Int8Tile {
  const int8_t* a;
  int64_t a_row;             // bytes between its rows; some kernels read on to the last of their rows
  const uint8_t* blocks[2];  // of b
  int32_t* sums;             // room for kInt8MaxRows rows
  int64_t depth;             // a multiple of kInt8Depth
};

struct Int8Kernel {
  int64_t rows;      // at most, of a tile
  bool fills_tiles;  // tiles are full but the last; else their rows differ by at most one
  void (*multiply)(int64_t rows, const Int8Tile& tile);
  void (*enter)();  // before the first and after the last tile of a task; may be null
  void (*leave)();
};

// The products by a set's instructions, or by their twin; null where the set has none.
const Int8Kernel* int8_kernel(Dot dot, bool is_plain);

// Those on the processor's instructions, in builds for it.
extern const Int8Kernel kAvx512VnniKernel, kAmxInt8Kernel;

}  // namespace gridstride::cpu
