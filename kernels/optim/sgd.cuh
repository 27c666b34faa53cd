// SGD over a list of tensors (formula and types: sgd.h), f32 inside; mapping, alignment and tails as in adamw.cuh.
#pragma once

#include "kernels/optim/step.cuh"

namespace gridstride {

struct SgdLaunch {
  StepList list;
  float* momenta[kMaxTensors];  // null: no momentum
  float momentum;
  int32_t nesterov;
};
static_assert(sizeof(SgdLaunch) <= kMaxParameterBytes);

template <class G>
__device__ __forceinline__ void sgd_chunk(const SgdLaunch& launch, const Chunk& chunk) {
  const float rate = launch.list.schedule[0] * launch.list.rate_factors[chunk.tensor];
  const float decay = launch.list.weight_decays[chunk.tensor], scale = gradient_scale(launch.list);
  const float momentum = launch.momentum;
  const bool nesterov = launch.nesterov != 0;
  const DType copy_dtype = launch.list.copy_dtype;
  const auto* gradient = static_cast<const G*>(launch.list.gradients[chunk.tensor]);
  float* weight = launch.list.weights[chunk.tensor];
  float* buffer = launch.momenta[chunk.tensor];
  void* copy = launch.list.copies[chunk.tensor];
  const auto step = [&](int64_t i, auto length) {
    constexpr int kLength = decltype(length)::value;
    float w[kLength], g[kLength], b[kLength] = {};
    load_floats(weight + i, w);
    load_floats(gradient + i, g);
    if (buffer) load_floats(buffer + i, b);
#pragma unroll
    for (int j = 0; j < kLength; ++j) {
      g[j] = scale * g[j] + decay * w[j];
      b[j] = buffer ? momentum * b[j] + g[j] : g[j];
      w[j] -= rate * (buffer && nesterov ? g[j] + momentum * b[j] : b[j]);
    }
    if (buffer) store_floats(buffer + i, b);
    store_floats(weight + i, w);
    store_copy(copy, copy_dtype, i, w);
  };
  const bool aligned = step_is_aligned(weight, gradient, copy, copy_dtype) && are_vectors(kStepVector, buffer);
  for_each_in_chunk<kStepVector>(
      chunk, aligned, [&](int64_t i) { step(i, Length<kStepVector>{}); }, [&](int64_t i) { step(i, Length<1>{}); });
}

static __global__ void __launch_bounds__(kChunkThreads, 4) sgd_chunks(SgdLaunch launch) {
  if (is_skipped(launch.list)) return;
  const Chunk chunk = chunk_of_block<kStepChunk>(launch.list.chunks);
  with_gradient(static_cast<DType>(launch.list.chunks.dtypes[chunk.tensor]),
                [&](auto gradient) { sgd_chunk<decltype(gradient)>(launch, chunk); });
}

}  // namespace gridstride
