// The second half of a product whose depth was split: the partial sums of every split, added in order, through the
// epilogue. One run of 16 bytes of T's columns a thread, f32 sums, blocks of 256 threads; grid y is the batch.
#pragma once

#include "kernels/gemm/epilogue.cuh"

namespace gridstride {

constexpr int kSplitThreads = 256;

template <class T>
__global__ void __launch_bounds__(kSplitThreads, 2) gemm_sum_splits(GemmArgs args, GemmLaunch launch, int splits) {
  constexpr int kLength = kVectorLength<T>;
  const int64_t padded = gemm_partial_columns(args.n), matrix = args.m * padded;
  const int64_t run = static_cast<int64_t>(blockIdx.x) * kSplitThreads + threadIdx.x;
  const int64_t row = run / (padded / kLength), column = run % (padded / kLength) * kLength;
  if (row >= args.m || column >= args.n) return;
  const float* from = launch.partials + blockIdx.y * matrix + row * padded + column;
  const int64_t step = args.outer * args.inner * matrix;
  const EpilogueRun<T, kLength> to(args, launch, blockIdx.y, column);
  float residual[kLength], sums[kLength] = {};
  to.load_residual(row, residual);
#pragma unroll 4
  for (int split = 0; split < splits; ++split) {
    float part[kLength];
    load_floats(from + split * step, part);
#pragma unroll
    for (int j = 0; j < kLength; ++j) sums[j] += part[j];
  }
  to.store_row(row, sums, residual);
}

}  // namespace gridstride
