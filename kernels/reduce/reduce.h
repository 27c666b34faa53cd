// Sum, mean, maximum and minimum over any set of dimensions of a strided tensor. Kept and reduced dimensions are listed
// apart, each in the order of the shape; y is contiguous over the kept ones. Sums are f32 within fixed chunks of 4096
// reduced elements and f64 over the chunks (f64 throughout for f64; i64 for integers): the tree depends on the shape
// and the instruction set alone. NaN wins in max and min. The empty sum is 0, the empty mean NaN; max and min of
// nothing throw Error(kShape). Gradients: sum and mean are broadcast copies; max and min give dy to the first element
// that equals y.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/common/strided.h"

namespace gridstride {

enum class ReduceOp : int32_t { sum, mean, max, min };

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
  void* y;  // result dtype: `dtype`, i64 for sums of integers and booleans
  ReduceShape shape;
  ReduceOp op;
  DType dtype;  // mean: floating
};

// dx of max and min. dx has x's shape and is contiguous in the order of the original dimensions: its strides are given.
struct ReduceSelectBackwardArgs {
  const void* x;
  const void* y;
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
