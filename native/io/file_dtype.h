// Element types of tensors in files, under safetensors' names; not all of them have tensors here.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernels/common/dtype.h"

namespace gridstride::io {

struct FileDType {
  const char* name;
  int64_t bytes;
  std::optional<DType> dtype;
};

// Null when there is no such type.
const FileDType* find_file_dtype(std::string_view name);
const FileDType& file_dtype_of(DType dtype);

}  // namespace gridstride::io
