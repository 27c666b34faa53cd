#pragma once

#include "kernels/common/faults.h"
#include "kernels/common/platform.cuh"

namespace gridstride {

// The first report is kept, whichever thread it comes from.
__device__ __forceinline__ void report_fault(const FaultSink& sink, FaultKind kind, int64_t value, int64_t position,
                                             int64_t limit) {
  if (atomicAdd(&sink.fault->reports, 1) != 0) return;
  sink.fault->op = sink.op;
  sink.fault->kind = kind;
  sink.fault->value = value;
  sink.fault->position = position;
  sink.fault->limit = limit;
}

}  // namespace gridstride
