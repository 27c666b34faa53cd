// Made by scripts/generate.mjs from native/ops/op_list.h and the Args headers: do not edit.
#pragma once

#include <cstdint>

namespace gridstride {

constexpr uint64_t kBackendAbi = 0x3cde55faf922dec1ull;

enum class OpId : int32_t {
  contiguous,
};

constexpr int kOpCount = 1;

constexpr const char* kOpNames[] = {
    "contiguous",
};

}  // namespace gridstride
