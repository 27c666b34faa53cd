// From run-time dtypes, sizes and addresses to kernel instances.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>

#include "kernels/common/dtype.h"
#include "kernels/common/half.h"
#include "native/core/error.h"

namespace gridstride::cuda {

template <class T>
struct Tag {
  using type = T;
};

template <class T>
constexpr DType kDTypeOf = std::is_same_v<T, float>      ? DType::f32
                           : std::is_same_v<T, BFloat16> ? DType::bf16
                                                         : DType::f16;

// body(Tag<T>{}) with the storage type of a dtype CUDA computes in; throws Error(kDType) naming `op` for another.
template <class Body>
void with_floating(const char* op, DType dtype, Body&& body) {
  if (dtype == DType::f32) return body(Tag<float>{});
  if (dtype == DType::bf16) return body(Tag<BFloat16>{});
  if (dtype == DType::f16) return body(Tag<Float16>{});
  constexpr const char* names[kDTypeCount] = {"f32", "bf16", "f16", "f64", "i64", "i32", "u8", "bool"};
  throw Error(ErrorCode::kDType,
              std::string(op) + ": dtype must be f32, bf16 or f16 on cuda, got " + names[static_cast<int>(dtype)]);
}

// Vectors of 16 bytes that each lane of a warp holds, rounded up to an instance there is: 1, 2, 4 or 8, at most `most`.
// 0: the row does not fit, or is no whole number of vectors.
inline int vectors_per_lane(int64_t columns, DType dtype, int most) {
  const int64_t length = 16 / dtype_size(dtype);
  if (columns % length != 0) return 0;
  for (int vectors = 1; vectors <= most; vectors *= 2)
    if (columns <= vectors * 32 * length) return vectors;
  return 0;
}
// body(std::integral_constant<int, vectors>{}) for `vectors` of 1, 2, 4 ... kMost.
template <int kMost, class Body>
void with_vectors(int vectors, Body&& body) {
  if constexpr (kMost > 1)
    if (vectors < kMost) return with_vectors<kMost / 2>(vectors, body);
  body(std::integral_constant<int, kMost>{});
}

// Blocks that cover `count` things.
inline unsigned blocks_for(int64_t count, int64_t per_block) {
  return static_cast<unsigned>((count + per_block - 1) / per_block);
}

// Whether every pointer (null ones aside) is aligned to 16 bytes.
template <class... P>
bool are_aligned(const P*... p) {
  return ((reinterpret_cast<uintptr_t>(p) % 16 == 0) && ...);
}

}  // namespace gridstride::cuda
