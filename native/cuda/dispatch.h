// From run-time dtypes, sizes and addresses to kernel instances.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>

#include "kernels/common/convert.h"
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

[[noreturn]] inline void throw_dtype(const char* op, const char* rule, DType dtype) {
  constexpr const char* names[kDTypeCount] = {"f32", "bf16", "f16", "f64", "i64", "i32", "u8", "bool"};
  throw Error(ErrorCode::kDType,
              std::string(op) + ": dtype must " + rule + " on cuda, got " + names[static_cast<int>(dtype)]);
}

// body(Tag<T>{}) with the storage type of a dtype CUDA computes in; throws Error(kDType) naming `op` for another.
template <class Body>
void with_floating(const char* op, DType dtype, Body&& body) {
  if (dtype == DType::f32) return body(Tag<float>{});
  if (dtype == DType::bf16) return body(Tag<BFloat16>{});
  if (dtype == DType::f16) return body(Tag<Float16>{});
  throw_dtype(op, "be f32, bf16 or f16", dtype);
}

// The same with integers and booleans.
template <class Body>
void with_any(const char* op, DType dtype, Body&& body) {
  if (dtype == DType::i64) return body(Tag<int64_t>{});
  if (dtype == DType::i32) return body(Tag<int32_t>{});
  if (dtype == DType::u8) return body(Tag<uint8_t>{});
  if (dtype == DType::boolean) return body(Tag<Boolean>{});
  if (dtype == DType::f64) throw_dtype(op, "not be f64", dtype);
  with_floating(op, dtype, body);
}

// body(Tag<unsigned integer>{}) as wide as an element, for kernels that only move elements; every dtype.
template <class Body>
void with_width(DType dtype, Body&& body) {
  const int64_t size = dtype_size(dtype);
  if (size == 1) return body(Tag<uint8_t>{});
  if (size == 2) return body(Tag<uint16_t>{});
  if (size == 4) return body(Tag<uint32_t>{});
  body(Tag<uint64_t>{});
}

// A number as the host knows it, in an element's storage: rounded, or truncated as a cast does.
template <class T>
T from_number(double x) {
  if constexpr (std::is_same_v<T, Boolean>) {
    return {static_cast<uint8_t>(x != 0)};
  } else if constexpr (std::is_integral_v<T>) {
    return to_integer<T>(x);
  } else {
    T y;
    round_to(x, &y);
    return y;
  }
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
