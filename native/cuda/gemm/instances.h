// The kernel instances, spread over files so that each compiles quickly.
#pragma once

#include "native/cuda/gemm/gemm.h"

namespace gridstride::cuda {

using GemmKernel = void (*)(GemmArgs, GemmLaunch);

struct GemmInstance {
  GemmKernel kernel;
  unsigned threads;
  size_t shared_bytes;
};

// Operands whose depth (A's: mma_depth_instance) or outer index is contiguous, moved 16 bytes at a time.
template <class T>
GemmInstance mma_depth_instance(GemmTile tile, bool b_outer);
template <class T>
GemmInstance mma_outer_instance(GemmTile tile, bool b_outer);
// Any strides and alignment; the small tile.
template <class T>
GemmInstance mma_any_instance();
// Neighbouring lanes copy along the outer index or the depth; any strides.
GemmInstance ffma_instance(GemmTile tile, bool a_outer, bool b_outer);

}  // namespace gridstride::cuda
