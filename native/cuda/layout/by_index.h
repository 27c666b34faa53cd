// Elements that go by index to places along one dimension: added there, or put there.
#pragma once

#include "kernels/layout/scatter.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

// y[i with i[dim] replaced by index[i]] += source[i] in f32, rounded once; without x, y begins as zeros. `faults`:
// without memory, an index out of range goes unsaid.
void add_by_index(const char* op, const ScatterArgs& args, const FaultSink& faults, Run& run);
// The last source[i] of each place, in the copy of x that y holds.
void replace_by_index(const char* op, const ScatterArgs& args, Run& run);

}  // namespace gridstride::cuda
