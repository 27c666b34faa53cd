#include "native/ops/function.h"
#include "native/ops/op_list.h"

namespace gridstride::ops {

#define GS_DECLARE(name, ...) Function export_##name();
GS_FOR_EACH_PASS(GS_DECLARE)
GS_FOR_EACH_VIEW(GS_DECLARE)
#undef GS_DECLARE

const std::vector<Function>& functions() {
#define GS_MAKE(name, ...) export_##name(),
  static const auto* table = new std::vector<Function>{GS_FOR_EACH_PASS(GS_MAKE) GS_FOR_EACH_VIEW(GS_MAKE)};
#undef GS_MAKE
  return *table;
}

}  // namespace gridstride::ops
