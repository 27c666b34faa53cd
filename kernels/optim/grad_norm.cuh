// Global norm of a list of gradients and their scaling (formulas: grad_norm.h, scale_gradients.h).
//   sums     a block of 256 threads sums the squares of a chunk of 16384 elements in f32
//   tensors  a block sums a tensor's chunks in f64
//   finish   one block joins the tensors in f64 and works out scale and flags
//   scale    a block multiplies a chunk of 16384 elements in place
// Vectors of 16 bytes where a tensor is aligned to them, what is left or unaligned by element.
#pragma once

#include "kernels/common/block_sum.cuh"
#include "kernels/optim/step.cuh"

namespace gridstride {

constexpr int kNormChunk = 16384;

struct GradNormLaunch {
  TensorChunks chunks;
  const void* gradients[kMaxTensors];
};
struct ScaleLaunch {
  TensorChunks chunks;
  void* gradients[kMaxTensors];
  const float* scale;
};
static_assert(sizeof(GradNormLaunch) <= kMaxParameterBytes && sizeof(ScaleLaunch) <= kMaxParameterBytes);

template <class G>
__device__ __forceinline__ float squares_of_chunk(const G* x, const Chunk& chunk) {
  constexpr int kLength = kVectorLength<G>;
  float sum = 0;
  const auto add = [&](int64_t i, auto length) {
    float g[decltype(length)::value];
    load_floats(x + i, g);
#pragma unroll
    for (int j = 0; j < decltype(length)::value; ++j) sum += g[j] * g[j];
  };
  for_each_in_chunk<kLength>(
      chunk, are_vectors(kLength, x), [&](int64_t i) { add(i, Length<kLength>{}); },
      [&](int64_t i) { add(i, Length<1>{}); });
  return sum;
}

// sums: one for each chunk of the list.
static __global__ void __launch_bounds__(kChunkThreads, 4) grad_norm_sums(GradNormLaunch launch, double* sums) {
  const Chunk chunk = chunk_of_block<kNormChunk>(launch.chunks);
  float sum = 0;
  with_gradient(static_cast<DType>(launch.chunks.dtypes[chunk.tensor]), [&](auto gradient) {
    sum = squares_of_chunk(static_cast<const decltype(gradient)*>(launch.gradients[chunk.tensor]), chunk);
  });
  sum = block_reduce<Sum, kChunkThreads / kWarpSize>(sum);
  if (threadIdx.x == 0) sums[blockIdx.x] = static_cast<double>(sum);
}

// squares: one for each tensor.
static __global__ void __launch_bounds__(kChunkThreads, 4)
    grad_norm_tensors(TensorChunks chunks, const double* sums, double* squares) {
  const int32_t first = chunks.first[blockIdx.x], end = chunks.first[blockIdx.x + 1];
  const double sum = block_sum_of<kChunkThreads / kWarpSize>(sums + first, end - first);
  if (threadIdx.x == 0) squares[blockIdx.x] = sum;
}

static __global__ void __launch_bounds__(kChunkThreads, 4) grad_norm_result(GradNormFinishArgs args) {
  const double sum = block_sum_of<kChunkThreads / kWarpSize>(args.squares, args.count);
  if (threadIdx.x != 0) return;
  const double inverse_scale = args.inverse_scale ? static_cast<double>(*args.inverse_scale) : 1.0;
  const double norm = inverse_scale * sqrt(sum);
  double coefficient = 1;
  if (args.max_norm > 0) {
    // Not a minimum: a NaN norm must give a NaN coefficient.
    const double ratio = args.max_norm / (norm + 1e-6);
    coefficient = ratio > 1 ? 1 : ratio;
  }
  const bool finite = fabs(norm) < __builtin_huge_val();
  args.result[kGradientNorm] = static_cast<float>(norm);
  args.result[kGradientScale] = static_cast<float>(inverse_scale * coefficient);
  args.result[kGradientNonFinite] = finite ? 0.0f : 1.0f;
  args.result[kGradientSkip] = !finite && args.skip_non_finite ? 1.0f : 0.0f;
}

template <class G>
__device__ __forceinline__ void scale_chunk(G* x, float scale, const Chunk& chunk) {
  constexpr int kLength = kVectorLength<G>;
  const auto multiply = [&](int64_t i, auto length) {
    float g[decltype(length)::value];
    load_floats(x + i, g);
#pragma unroll
    for (int j = 0; j < decltype(length)::value; ++j) g[j] *= scale;
    store_floats(x + i, g);
  };
  for_each_in_chunk<kLength>(
      chunk, are_vectors(kLength, x), [&](int64_t i) { multiply(i, Length<kLength>{}); },
      [&](int64_t i) { multiply(i, Length<1>{}); });
}

static __global__ void __launch_bounds__(kChunkThreads, 4) scale_gradients_chunks(ScaleLaunch launch) {
  const float scale = *launch.scale;
  if (scale == 1.0f) return;
  const Chunk chunk = chunk_of_block<kNormChunk>(launch.chunks);
  with_gradient(static_cast<DType>(launch.chunks.dtypes[chunk.tensor]), [&](auto gradient) {
    scale_chunk(static_cast<decltype(gradient)*>(launch.gradients[chunk.tensor]), scale, chunk);
  });
}

}  // namespace gridstride
