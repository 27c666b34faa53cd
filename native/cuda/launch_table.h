// The launcher of every op pass, by op id.
#pragma once

#include "native/cuda/run.h"

namespace gridstride::cuda {

using Launch = void (*)(const void* args, Run& run);

const Launch* launch_table();

}  // namespace gridstride::cuda
