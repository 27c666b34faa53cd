// Rotary position embedding (formula and shapes: rope.h). A block takes one token and a group of its heads: it makes
// the cosines and sines of kRopePairs pairs at a time in shared memory, in f32, then its threads (x: runs of kLength
// pairs, y: heads) turn them in f32. A run is two vectors of up to 16 bytes, of the two halves or neighbours where
// pairs are interleaved: R / 2 and D whole vectors, strides and pointers aligned to 16 bytes; else kLength is 1. y may
// be x: an element is read by the thread that writes it.
#pragma once

#include "kernels/common/row.cuh"
#include "kernels/common/values.cuh"
#include "kernels/embedding/rope.h"

namespace gridstride {

constexpr int kRopeThreads = 128;  // at most
constexpr int kRopePairs = 512;

struct RopeGroups {
  uint32_t count;  // per token
  int32_t heads;   // of each
};

// Angles' cosines and sines for pairs first to first + count.
__device__ __forceinline__ void fill_rope_table(const RopeArgs& args, float position, int64_t first, int count,
                                                float* c, float* s) {
  const int thread = static_cast<int>(threadIdx.y * blockDim.x + threadIdx.x);
  for (int k = thread; k < count; k += static_cast<int>(blockDim.x * blockDim.y)) {
    float cosine, sine;
    sincosf(position * args.frequencies[first + k], &sine, &cosine);
    c[k] = cosine * args.factor;
    s[k] = sine * (args.inverse ? -args.factor : args.factor);
  }
}

// Turns pairs k to k + kLength of a head by c and s.
template <class T, int kLength>
__device__ __forceinline__ void turn_pairs(const RopeArgs& args, const T* x, T* y, int64_t k, const float (&c)[kLength],
                                           const float (&s)[kLength]) {
  const int64_t first = args.interleaved ? 2 * k : k, second = args.interleaved ? first + kLength : args.pairs + k;
  float v[2 * kLength], low[kLength], high[kLength];
  load_floats(x + first, low);
  load_floats(x + second, high);
#pragma unroll
  for (int j = 0; j < kLength; ++j) {
    v[j] = low[j];
    v[kLength + j] = high[j];
  }
#pragma unroll
  for (int j = 0; j < kLength; ++j) {
    const float a = args.interleaved ? v[2 * j] : v[j], b = args.interleaved ? v[2 * j + 1] : v[kLength + j];
    low[j] = a * c[j] - b * s[j];
    high[j] = b * c[j] + a * s[j];
  }
  if (args.interleaved) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) {
      v[2 * j] = low[j];
      v[2 * j + 1] = high[j];
    }
#pragma unroll
    for (int j = 0; j < kLength; ++j) {
      low[j] = v[j];
      high[j] = v[kLength + j];
    }
  }
  store_floats(y + first, low);
  store_floats(y + second, high);
}

template <class T, int kLength>
__global__ void __launch_bounds__(kRopeThreads, 8) rope_block_per_token(RopeArgs args, RopeGroups groups) {
  SHARED_ARRAY(float, cosines, kRopePairs);
  SHARED_ARRAY(float, sines, kRopePairs);
  const int64_t token = blockIdx.x / groups.count;
  const int64_t begin = static_cast<int64_t>(blockIdx.x % groups.count) * groups.heads + threadIdx.y;
  const int64_t last = begin - threadIdx.y + groups.heads, end = last < args.heads ? last : args.heads;
  const T* x = static_cast<const T*>(args.x) + token * args.x_token_stride;
  T* y = static_cast<T*>(args.y) + token * args.heads * args.size;
  const float position = static_cast<float>(load_index(args.positions, args.position_dtype, token));
  for (int64_t first = 0; first < args.pairs; first += kRopePairs) {
    const int count = static_cast<int>(args.pairs - first < kRopePairs ? args.pairs - first : kRopePairs);
    __syncthreads();  // the table before has been read
    fill_rope_table(args, position, first, count, cosines, sines);
    __syncthreads();
    for (int k = static_cast<int>(threadIdx.x) * kLength; k < count; k += static_cast<int>(blockDim.x) * kLength) {
      float c[kLength], s[kLength];
#pragma unroll
      for (int j = 0; j < kLength; ++j) {
        c[j] = cosines[k + j];
        s[j] = sines[k + j];
      }
      for (int64_t h = begin; h < end; h += blockDim.y)
        turn_pairs(args, x + h * args.x_head_stride, y + h * args.size, first + k, c, s);
    }
  }
  for (int64_t h = begin; h < end; h += blockDim.y)
    for (int64_t i = 2 * args.pairs + threadIdx.x * kLength; i < args.size; i += blockDim.x * kLength)
      store_vector(y + h * args.size + i, load_vector<T, kLength>(x + h * args.x_head_stride + i));
}

}  // namespace gridstride
