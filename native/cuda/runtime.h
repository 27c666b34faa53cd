// CUDA's run time, or the emulation's, for host code: kernels include kernels/common/platform.cuh.
#pragma once

#ifdef GRIDSTRIDE_EMULATION
#include "native/emulation/runtime/api.h"
#else
#include <cuda_runtime.h>
#endif
