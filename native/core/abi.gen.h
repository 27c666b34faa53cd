// Made by scripts/generate.mjs from native/ops/op_list.h and the Args headers: do not edit.
#pragma once

#include <cstdint>

namespace gridstride {

constexpr uint64_t kBackendAbi = 0x290ee2030b4d7f63ull;

enum class OpId : int32_t {
  contiguous,
  binary,
};

constexpr int kOpCount = 2;

constexpr const char* kOpNames[] = {
    "contiguous",
    "binary",
};

}  // namespace gridstride
