#include "native/cuda/launch_table.h"

#include "native/core/abi.gen.h"
#include "native/ops/op_list.h"

namespace gridstride::cuda {

#define GS_DECLARE(pass, Args) void pass(const Args& args, Run& run);
GS_FOR_EACH_PASS(GS_DECLARE)
#undef GS_DECLARE

const Launch* launch_table() {
#define GS_LAUNCH(pass, Args) [](const void* args, Run& run) { cuda::pass(*static_cast<const Args*>(args), run); },
  static constexpr Launch table[kOpCount] = {GS_FOR_EACH_PASS(GS_LAUNCH)};
#undef GS_LAUNCH
  return table;
}

}  // namespace gridstride::cuda
