// Launches kernels/elementwise/activation_gradient.cuh: one look at dy for dz and the sums of its columns, as far as
// they are wanted.
#pragma once

#include "kernels/elementwise/activation_gradient.cuh"
#include "native/cuda/run.h"

namespace gridstride::cuda {

// Parts of rows by blocks of columns. The scratch is set before the launch: args.dz, args.parts.
struct ActivationGradient {
  ActivationGradientArgs args;
  DType dtype;
  bool vectors;
  int64_t columns_per_block, parts;

  // `given`: all but rows_per_part; its pointers are those that vectors have to fit.
  ActivationGradient(const ActivationGradientArgs& given, DType dtype, int multiprocessors);

  int64_t part_bytes() const;
  void start(const char* op, Run& run) const;
  // Adds up the parts: `sums` (n) of sums_dtype.
  void sum_columns(const char* op, void* sums, DType sums_dtype, Run& run) const;
};

}  // namespace gridstride::cuda
