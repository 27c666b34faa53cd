// Sum, mean, maximum, minimum and product over any set of dimensions of a strided tensor. Kept and reduced dimensions
// are listed apart, each in the order of the shape; y is contiguous over the kept ones. Sums and products are f32
// within fixed chunks of 4096 reduced elements and f64 over the chunks (f64 throughout for f64; i64 for integers): the
// tree depends on the shape and the instruction set alone. NaN wins in max and min. The empty sum is 0, the empty
// product 1, the empty mean NaN; max and min of nothing throw Error(kShape). Gradients: sum and mean are broadcast
// copies; max and min give dy to the first element that equals y; an element of a product gets dy times the product of
// the others: without zeros the whole product over the element, with one zero that of the rest for the zero and 0 for
// the rest, with more zeros 0 for all.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/common/strided.h"

namespace gridstride {

enum class ReduceOp : int32_t { sum, mean, max, min, prod };

struct ReduceShape {
  int64_t kept_sizes[kMaxRank];
  int64_t kept_strides[kMaxRank];  // of x
  int64_t reduced_sizes[kMaxRank];
  int64_t reduced_strides[kMaxRank];  // of x
  int32_t kept_rank;
  int32_t reduced_rank;
};

struct ReduceArgs {
  const void* x;
  void* y;  // result dtype: `dtype`, i64 for sums and products of integers and booleans
  ReduceShape shape;
  ReduceOp op;
  DType dtype;  // mean: floating
};

// dx of max and min (select) and of products. dx has x's shape and is contiguous in the order of the original
// dimensions: its strides are given.
struct ReduceBackwardArgs {
  const void* x;
  const void* y;   // select: the extremum; not read for products
  const void* dy;  // contiguous over the kept dimensions
  void* dx;        // every element is written
  ReduceShape shape;
  int64_t dx_kept_strides[kMaxRank];
  int64_t dx_reduced_strides[kMaxRank];
  DType dtype;
};

// Position of the maximum (or minimum) in the reduced dimensions, counted in their order: the first one, or the first
// NaN. Nothing to reduce throws Error(kShape).
struct ArgReduceArgs {
  const void* x;
  void* y;  // i64
  ReduceShape shape;
  ReduceOp op;  // max or min
  DType dtype;
};

}  // namespace gridstride
