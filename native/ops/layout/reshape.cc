#include "native/ops/check.h"
#include "native/ops/function.h"

namespace gridstride::ops {

namespace {

// Strides of `x` under another shape of as many elements, or false where only a copy can give it: runs of dimensions
// that are dense among themselves are split and joined at will.
bool view_as(const Tensor& x, const Shape& shape, Tensor* y) {
  *y = x;
  y->shape = shape;
  int from = x.shape.rank - 1, to = shape.rank - 1;
  while (from >= 0) {
    // The longest run that ends at `from`.
    int64_t elements = x.shape.dims[from], base = x.strides[from];
    while (from > 0 && (x.shape.dims[from - 1] == 1 || elements == 1 || x.strides[from - 1] == base * elements)) {
      --from;
      if (elements == 1) base = x.strides[from];
      elements *= x.shape.dims[from];
    }
    int64_t filled = 1;
    while (to >= 0 && (filled < elements || shape.dims[to] == 1)) {
      y->strides[to] = base * filled;
      filled *= shape.dims[to--];
    }
    if (filled != elements) return false;
    --from;
  }
  for (; to >= 0; --to) y->strides[to] = 1;
  return true;
}

}  // namespace

// A view where the strides allow it, else a dense copy. One size may be -1: it is worked out from the others.
Tensor reshape(const Tensor& x, const std::vector<int64_t>& sizes) {
  std::vector<int64_t> known = sizes;
  int64_t unknown = -1;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] != -1) continue;
    if (unknown >= 0) fail_shape("reshape", "one size at most may be -1");
    unknown = static_cast<int64_t>(i);
    known[i] = 1;
  }
  const int64_t product = Shape(known).numel();  // refuses sizes whose product would overflow
  if (unknown >= 0) known[unknown] = product == 0 ? 0 : x.numel() / product;
  const Shape shape(known);
  if (shape.numel() != x.numel())
    fail_shape("reshape", "sizes must keep " + std::to_string(x.numel()) + " elements, got " + x.shape.text() + " to " +
                              shape.text());
  Tensor view;
  if (!x.is_contiguous() && view_as(x, shape, &view)) return view;
  return reshaped(contiguous(x), shape);
}
GS_EXPORT_OP(reshape, "x", "sizes")

}  // namespace gridstride::ops
