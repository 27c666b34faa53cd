// Made by scripts/generate.mjs from native/ops/op_list.h and the Args headers: do not edit.
#pragma once

#include <cstdint>

namespace gridstride {

constexpr uint64_t kBackendAbi = 0x7fc7112972579c6dull;

enum class OpId : int32_t {
  copy,
  cast,
  fill,
  binary,
};

constexpr int kOpCount = 4;

constexpr const char* kOpNames[] = {
    "copy",
    "cast",
    "fill",
    "binary",
};

}  // namespace gridstride
