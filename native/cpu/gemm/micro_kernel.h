// The kernels that multiply packed tiles, as the blocked product sees them.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "native/cpu/isa.h"

namespace gridstride::cpu {

// Depth of one block: a panel of it fills part of L2, and C is read again once per block. Rows of A lie one of two
// constants apart, so that their addresses are offsets of one register: that of a block of depth, or that of a block of
// attention's scores in f32. A whole number of lines plus one spreads them over L1 sets.
constexpr int64_t kMaxDepthBytes = 3072;
constexpr int64_t kRowBytes = kMaxDepthBytes + 64;
constexpr int64_t kMaxScores = 256;
constexpr int64_t kScoreRowBytes = kMaxScores * 4 + 64;
// Packed 16-bit operands end in zeros up to a multiple of this depth: what one AMX tile takes.
constexpr int64_t kDepthUnit = 32;
// The largest tile of any kernel, in floats.
constexpr int64_t kMaxTile = 32 * 32;

// c (rows, panel) = or += a (rows, depth) b (depth, panel), sums in f32. Of 16-bit operands two steps of depth lie side
// by side: b is (depth / 2, panel, 2).
struct Tile {
  const void* a;  // some kernels read on to the last of their tile_rows
  const void* b;
  float* c;
  int64_t c_row;  // floats between rows of c
  int64_t depth;
  bool add;                        // to what c holds
  int64_t a_row = kRowBytes;       // bytes between rows of a: kRowBytes or kScoreRowBytes
  const char* prefetch = nullptr;  // memory wanted soon (null: none), as many bytes of it per step of depth
  int64_t prefetch_per_step = 0;
};

struct MicroKernel {
  DType element;      // of the packed operands
  int64_t tile_rows;  // at most, of a tile
  int64_t panel;      // columns of a tile, a multiple of 16 or of the vector
  int64_t step;       // depth of one step
  bool fills_tiles;   // tiles are full but the last; else their rows differ by at most one
  void (*multiply)(int64_t rows, const Tile& tile);
  void (*enter)();  // before a thread's first and after its last call, by TileScope; may be null
  void (*leave)();
};

// The products of bf16 by a set's instructions, or by their twin; null where the set has none.
const MicroKernel* bf16_kernel(Dot dot, bool is_plain);

}  // namespace gridstride::cpu
