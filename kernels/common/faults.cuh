#pragma once

#include "kernels/common/faults.h"
#include "kernels/common/platform.cuh"

namespace gridstride {

// The first report is kept, whichever thread it comes from.
__device__ __forceinline__ void report_fault(const FaultSink& sink, int64_t value, int64_t position) {
  if (atomicAdd(&sink.fault->reports, 1) != 0) return;
  sink.fault->op = sink.op;
  sink.fault->value = value;
  sink.fault->position = position;
}

}  // namespace gridstride
