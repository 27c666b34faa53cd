// CPU kernels by op id.
#pragma once

#include "native/cpu/run.h"

namespace gridstride::cpu {

using LaunchFunction = void (*)(const void* args, Run& run);
const LaunchFunction* launch_table();

}  // namespace gridstride::cpu
