#include "native/cpu/gemm/weights.h"

#include "native/cpu/gemm/gemm.h"
#include "native/cpu/gemm/pack.h"

namespace gridstride::cpu::GS_ISA {

namespace {

// rearrange(stretch, copy) for each panel's stretch of memory, with a copy of it.
template <class Rearrange>
void each_panel(const WeightPanels& weight, Pool& pool, float* scratch, Rearrange rearrange) {
  const int64_t lanes = weight.panel * weight.row_lanes;
  pool.parallel(weight.rows / weight.panel, [&](int64_t p, int thread) {
    float *stretch = weight.data + p * lanes, *copy = scratch + thread * lanes;
    memcpy(copy, stretch, static_cast<size_t>(lanes) * sizeof(float));
    rearrange(stretch, copy);
  });
}

}  // namespace

void pack_weight(const WeightPanels& weight, Pool& pool, float* scratch) {
  each_panel(weight, pool, scratch, [&](float* stretch, const float* copy) {
    transpose_block(copy, weight.row_lanes, weight.panel, weight.row_lanes, stretch, weight.panel);
  });
}

void unpack_weight(const WeightPanels& weight, Pool& pool, float* scratch) {
  each_panel(weight, pool, scratch, [&](float* stretch, const float* copy) {
    transpose_block(copy, weight.panel, weight.row_lanes, weight.panel, stretch, weight.row_lanes);
  });
}

void find_float_kernel(const MicroKernel** kernel) { *kernel = &float_kernel(); }

}  // namespace gridstride::cpu::GS_ISA
