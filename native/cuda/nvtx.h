// Named ranges on the timeline of a profiler that speaks NVTX: Nsight Systems and Nsight Compute. They start a program
// with NVTX_INJECTION64_PATH, the path of a library that is loaded at the first range; without it nothing happens.
#pragma once

namespace gridstride::cuda {

// Ranges of a thread nest: a push is ended by the pop that belongs to it.
void push_range(const char* text);
void pop_range();

}  // namespace gridstride::cuda
