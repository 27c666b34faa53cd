// Weights of linear layers in the form their kernel reads. Panel p of a weight (n, k) holds its rows from p * panel on,
// one stretch of memory in either form: a weight that nothing but linear layers' forward passes uses is packed within
// its own memory, once, and put back in order as soon as anything else wants to see it.
#pragma once

#include "native/core/record.h"
#include "native/cpu/gemm/micro_kernel.h"
#include "native/cpu/isa.h"
#include "native/cpu/run.h"

namespace gridstride::cpu {

// Before `record` runs: restores what it needs in order, and returns the weight of a linear layer that lies in panels
// (null: none does). The queue thread's own.
const void* prepare_weights(const Record& record, const Run& run);

struct WeightPanels {
  float* data;  // (rows, row_lanes) in order, or (rows / panel, row_lanes, panel); a pair of bf16 is a lane
  int64_t rows, row_lanes, panel;
};

}  // namespace gridstride::cpu

// Both need panel * row_lanes floats of scratch for each thread. `panel` and `row_lanes` are multiples of 16.
GS_PER_ISA(void pack_weight(const WeightPanels& weight, Pool& pool, float* scratch);
           void unpack_weight(const WeightPanels& weight, Pool& pool, float* scratch);
           void find_float_kernel(const MicroKernel** kernel);)
