#include "native/cpu/launch_table.h"

// The list of passes is data shared by all layers: names and Args types.
#include "native/ops/op_list.h"

namespace gridstride::cpu {

#define GS_DECLARE(pass, Args) void pass(const Args& args, Run& run);
GS_FOR_EACH_PASS(GS_DECLARE)
#undef GS_DECLARE

const LaunchFunction* launch_table() {
#define GS_ENTRY(pass, Args) [](const void* args, Run& run) { pass(*static_cast<const Args*>(args), run); },
  static const LaunchFunction table[] = {GS_FOR_EACH_PASS(GS_ENTRY)};
#undef GS_ENTRY
  return table;
}

}  // namespace gridstride::cpu
