// One formula for CPU and CUDA: functions marked GS_HOST_DEVICE compile on both.
#pragma once

#ifdef __CUDACC__
#define GS_HOST_DEVICE __host__ __device__ inline
#else
// static: a copy per object file, so that code compiled for one instruction set is never linked into another's callers.
#define GS_HOST_DEVICE static inline
#endif
