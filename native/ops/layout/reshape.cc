#include "native/ops/check.h"
#include "native/ops/function.h"

namespace gridstride::ops {

// One size may be -1: it is worked out from the others.
Tensor reshape(const Tensor& x, const std::vector<int64_t>& sizes) {
  std::vector<int64_t> known = sizes;
  int64_t product = 1, unknown = -1;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] != -1) {
      product *= sizes[i];
      continue;
    }
    if (unknown >= 0) fail_shape("reshape", "one size at most may be -1");
    unknown = static_cast<int64_t>(i);
  }
  if (unknown >= 0) known[unknown] = product == 0 ? 0 : x.numel() / product;
  const Shape shape(known);
  if (shape.numel() != x.numel())
    fail_shape("reshape", "sizes must keep " + std::to_string(x.numel()) + " elements, got " + x.shape.text() + " to " +
                              shape.text());
  return reshaped(contiguous(x), shape);
}
GS_EXPORT_OP(reshape, "x", "sizes")

}  // namespace gridstride::ops
