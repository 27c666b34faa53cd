#include "native/io/file_dtype.h"

#include <algorithm>

namespace gridstride::io {

namespace {

// In the order in which the reference implementation lays out a file: larger elements first. Files may hold types that
// no tensor has here, beside what is read from them.
constexpr FileDType kFileDTypes[] = {
    {"U64", 8, {}},
    {"I64", 8, DType::i64},
    {"F64", 8, DType::f64},
    {"C64", 8, {}},
    {"F32", 4, DType::f32},
    {"U32", 4, {}},
    {"I32", 4, DType::i32},
    {"BF16", 2, DType::bf16},
    {"F16", 2, DType::f16},
    {"U16", 2, {}},
    {"I16", 2, {}},
    {"F8_E8M0", 1, {}},
    {"F8_E4M3", 1, {}},
    {"F8_E5M2", 1, {}},
    {"I8", 1, {}},
    {"U8", 1, DType::u8},
    {"BOOL", 1, DType::boolean},
};

}  // namespace

const FileDType* find_file_dtype(std::string_view name) {
  for (const FileDType& dtype : kFileDTypes)
    if (name == dtype.name) return &dtype;
  return nullptr;
}

const FileDType& file_dtype_of(DType dtype) {
  return *std::find_if(std::begin(kFileDTypes), std::end(kFileDTypes),
                       [&](const FileDType& candidate) { return candidate.dtype == dtype; });
}

}  // namespace gridstride::io
