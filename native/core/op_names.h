// Names of op passes, from the generated table.
#pragma once

#include "native/core/abi.gen.h"

namespace gridstride {

inline const char* op_name(OpId op) { return kOpNames[static_cast<int>(op)]; }

}  // namespace gridstride
