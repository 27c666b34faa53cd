// Element types inside plain .cc files: the storage type of a run-time dtype and the type its arithmetic is done in.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>

#include "kernels/common/convert.h"
#include "kernels/common/dtype.h"
#include "kernels/common/half.h"
#include "native/core/error.h"

namespace gridstride::cpu {

template <class T>
struct Tag {
  using type = T;
};

template <class T>
constexpr bool kIsFloating =
    std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, BFloat16> || std::is_same_v<T, Float16>;

// Reference arithmetic: double for floating types, int64_t for integers and booleans.
template <class T>
using Wide = std::conditional_t<kIsFloating<T>, double, int64_t>;

template <class T>
Wide<T> widen(T x) {
  if constexpr (kIsFloating<T>)
    return to_float(x);
  else
    return x;
}
template <class T>
T narrow(Wide<T> x) {
  if constexpr (kIsFloating<T>) {
    T y;
    round_to(x, &y);
    return y;
  } else if constexpr (std::is_same_v<T, bool>) {
    return x != 0;
  } else {
    return static_cast<T>(x);
  }
}

// A double as T: integers truncate, NaN gives 0 and what is out of range the nearest end.
template <class T>
T from_double(double x) {
  if constexpr (kIsFloating<T>) {
    return narrow<T>(x);
  } else if constexpr (std::is_same_v<T, bool>) {
    return x != 0;
  } else {
    return to_integer<T>(x);
  }
}

[[noreturn]] inline void throw_dtype(const char* op, const char* rule, DType dtype) {
  constexpr const char* names[kDTypeCount] = {"f32", "bf16", "f16", "f64", "i64", "i32", "u8", "bool"};
  throw Error(ErrorCode::kDType, std::string(op) + ": " + rule + ", got " + names[static_cast<int>(dtype)]);
}

// Calls body(Tag<T>{}) with the storage type of a floating dtype; throws Error(kDType) naming `op` for another.
template <class Body>
void with_floating(const char* op, DType dtype, Body&& body) {
  switch (dtype) {
    case DType::f32:
      return body(Tag<float>{});
    case DType::bf16:
      return body(Tag<BFloat16>{});
    case DType::f16:
      return body(Tag<Float16>{});
    case DType::f64:
      return body(Tag<double>{});
    default:
      throw_dtype(op, "dtype must be floating", dtype);
  }
}

// The same for every dtype.
template <class Body>
void with_any(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::i64:
      return body(Tag<int64_t>{});
    case DType::i32:
      return body(Tag<int32_t>{});
    case DType::u8:
      return body(Tag<uint8_t>{});
    case DType::boolean:
      return body(Tag<bool>{});
    default:
      return with_floating("", dtype, body);
  }
}

// Element i of a floating tensor whose dtype is known at run time only.
inline double number_at(const void* p, DType dtype, int64_t i) {
  switch (dtype) {
    case DType::f32:
      return static_cast<const float*>(p)[i];
    case DType::bf16:
      return to_float(static_cast<const BFloat16*>(p)[i]);
    case DType::f16:
      return to_float(static_cast<const Float16*>(p)[i]);
    default:
      return static_cast<const double*>(p)[i];
  }
}

// Element i of an index tensor, i64 or i32.
inline int64_t index_at(const void* p, DType dtype, int64_t i) {
  return dtype == DType::i64 ? static_cast<const int64_t*>(p)[i] : static_cast<const int32_t*>(p)[i];
}

// Statistics are f32, and f64 where the data is.
template <class T>
using Statistic = std::conditional_t<std::is_same_v<T, double>, double, float>;

// Optimised kernels cover these; f64 and the integers take the reference path.
constexpr bool is_vectorised(DType dtype) { return static_cast<int>(dtype) <= static_cast<int>(DType::f16); }

}  // namespace gridstride::cpu
