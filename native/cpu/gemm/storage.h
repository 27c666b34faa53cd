// From a floating dtype to its C++ type.
#pragma once

#include "kernels/common/dtype.h"
#include "kernels/common/half.h"

namespace gridstride::cpu {

// Calls f with a value of the storage type; f takes it as `<class T>(T)`.
template <class F>
void by_float(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f64:
      return f(double{});
    case DType::bf16:
      return f(BFloat16{});
    case DType::f16:
      return f(Float16{});
    default:
      return f(float{});
  }
}

}  // namespace gridstride::cpu
