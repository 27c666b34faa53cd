// AdamW over a list of tensors (formula, types and source: adamw.h), f32 inside. A block of 256 threads takes a chunk
// of 8192 elements and reads and writes each once: vectors of 4 elements (16 bytes of weights and moments) where the
// tensor's pointers are aligned to them, what is left or unaligned by element. 1 - beta^step is -expm1(step * ln beta),
// with ln beta rounded once: as exact as f32 holds it, at the cost of a few instructions a thread.
#pragma once

#include "kernels/optim/step.cuh"

namespace gridstride {

struct AdamWLaunch {
  StepList list;
  float* first_moments[kMaxTensors];
  float* second_moments[kMaxTensors];
  float log_beta1, log_beta2;
  float keep1;  // 1 - beta1
  float beta2;
  float keep2;  // 1 - beta2
  float epsilon;
};
static_assert(sizeof(AdamWLaunch) <= kMaxParameterBytes);

// The scalars of one tensor's step.
struct AdamWScalars {
  float scale, decay, rate, inv_correction, keep1, beta2, keep2, epsilon;

  __device__ __forceinline__ AdamWScalars(const AdamWLaunch& launch, int tensor) {
    const float rate_of_tensor = launch.list.schedule[0] * launch.list.rate_factors[tensor];
    const float step = launch.list.schedule[1];
    scale = gradient_scale(launch.list);
    decay = rate_of_tensor * launch.list.weight_decays[tensor];
    rate = rate_of_tensor / -expm1f(step * launch.log_beta1);
    inv_correction = 1.0f / sqrtf(-expm1f(step * launch.log_beta2));
    keep1 = launch.keep1;
    beta2 = launch.beta2;
    keep2 = launch.keep2;
    epsilon = launch.epsilon;
  }

  __device__ __forceinline__ void step(float& w, float& m, float& v, float gradient) const {
    const float g = scale * gradient;
    w -= decay * w;
    m += keep1 * (g - m);
    v = beta2 * v + keep2 * (g * g);
    w -= rate * m / (sqrtf(v) * inv_correction + epsilon);
  }
};

template <class G>
__device__ __forceinline__ void adamw_chunk(const AdamWLaunch& launch, const Chunk& chunk) {
  const AdamWScalars scalars(launch, chunk.tensor);
  const DType copy_dtype = launch.list.copy_dtype;
  const auto* gradient = static_cast<const G*>(launch.list.gradients[chunk.tensor]);
  float* weight = launch.list.weights[chunk.tensor];
  float* first = launch.first_moments[chunk.tensor];
  float* second = launch.second_moments[chunk.tensor];
  void* copy = launch.list.copies[chunk.tensor];
  const auto step = [&](int64_t i, auto length) {
    constexpr int kLength = decltype(length)::value;
    float w[kLength], m[kLength], v[kLength], g[kLength];
    load_floats(weight + i, w);
    load_floats(first + i, m);
    load_floats(second + i, v);
    load_floats(gradient + i, g);
#pragma unroll
    for (int j = 0; j < kLength; ++j) scalars.step(w[j], m[j], v[j], g[j]);
    store_floats(weight + i, w);
    store_floats(first + i, m);
    store_floats(second + i, v);
    store_copy(copy, copy_dtype, i, w);
  };
  const bool aligned = step_is_aligned(weight, gradient, copy, copy_dtype) && are_vectors(kStepVector, first, second);
  for_each_in_chunk<kStepVector>(
      chunk, aligned, [&](int64_t i) { step(i, Length<kStepVector>{}); }, [&](int64_t i) { step(i, Length<1>{}); });
}

static __global__ void __launch_bounds__(kChunkThreads, 3) adamw_chunks(AdamWLaunch launch) {
  if (is_skipped(launch.list)) return;
  const Chunk chunk = chunk_of_block<kStepChunk>(launch.list.chunks);
  with_gradient(static_cast<DType>(launch.list.chunks.dtypes[chunk.tensor]),
                [&](auto gradient) { adamw_chunk<decltype(gradient)>(launch, chunk); });
}

}  // namespace gridstride
