// Element types, as kernels and Args structs know them.
#pragma once

#include <cstdint>

namespace gridstride {

enum class DType : int32_t { f32, bf16, f16, f64, i64, i32, u8, boolean };
constexpr int kDTypeCount = 8;

constexpr int64_t dtype_size(DType dtype) {
  constexpr int64_t sizes[kDTypeCount] = {4, 2, 2, 8, 8, 4, 1, 1};
  return sizes[static_cast<int>(dtype)];
}

constexpr bool is_floating(DType dtype) { return static_cast<int>(dtype) <= static_cast<int>(DType::f64); }

}  // namespace gridstride
