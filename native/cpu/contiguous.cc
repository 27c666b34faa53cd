#include "kernels/layout/contiguous.h"

#include <cstring>

#include "native/cpu/run.h"

namespace gridstride::cpu {
void contiguous(const ContiguousArgs& a, Run&) {
  int64_t n = 1;
  for (int i = 0; i < a.rank; ++i) n *= a.sizes[i];
  const int64_t e = dtype_size(a.dtype);
  for (int64_t i = 0; i < n; ++i) {
    int64_t rest = i, at = 0;
    for (int d = a.rank - 1; d >= 0; --d) {
      at += rest % a.sizes[d] * a.strides[d];
      rest /= a.sizes[d];
    }
    memcpy(static_cast<char*>(a.y) + i * e, static_cast<const char*>(a.x) + at * e, e);
  }
}
}  // namespace gridstride::cpu
