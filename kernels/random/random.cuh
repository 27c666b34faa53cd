// Dropout and random fills (formulas: dropout.h, uniform.h, normal.h). Seed and base offset are read from device
// memory. A thread takes whole counters of 4 elements and strides over the grid: vectors of 16 bytes in dropout, of 4
// elements in the fills, where addresses allow it; else element by element. Dropout computes in f32. The fills compute
// in f64, product and sum rounded apart as on the CPU: uniform gives the CPU's bits; normal too, but for the last bits
// of log, sin and cos, which outlive the rounding to f32 about once in 10^8 elements.
#pragma once

#include "kernels/common/elements.cuh"
#include "kernels/common/values.cuh"
#include "kernels/random/dropout.h"
#include "kernels/random/normal.h"
#include "kernels/random/uniform.h"

namespace gridstride {

constexpr int kCounterWords = 4;

__device__ __forceinline__ Philox4 draw(const RandomStream& stream, int64_t element) {
  const uint64_t base = static_cast<uint64_t>(stream.state[1]) + static_cast<uint64_t>(stream.delta);
  return philox(static_cast<uint64_t>(stream.state[0]), base + static_cast<uint64_t>(element / kCounterWords));
}

__device__ __forceinline__ int run_length(int64_t first, int64_t count, int length) {
  return count - first < length ? static_cast<int>(count - first) : length;
}

// load_run and store_run for runs that may lie at any address.
template <class T, int kLength>
__device__ __forceinline__ void load_any(const T* p, bool aligned, int n, T (&x)[kLength]) {
  if (aligned) return load_run(p, 1, n, x);
#pragma unroll
  for (int j = 0; j < kLength; ++j) x[j] = p[j < n ? j : 0];
}
template <class T, int kLength>
__device__ __forceinline__ void store_any(T* p, bool aligned, int n, const T (&x)[kLength]) {
  if (aligned) return store_run(p, n, x);
#pragma unroll
  for (int j = 0; j < kLength; ++j)
    if (j < n) p[j] = x[j];
}

// `keeps`: 0 drops everything, p = 1.
template <class T>
__global__ void __launch_bounds__(kElementThreads, 4)
    dropout_runs(DropoutArgs args, uint32_t threshold, float scale, int32_t keeps, int32_t aligned) {
  constexpr int kLength = kVectorLength<T>;
  for_each_run<kLength>(0, args.count, [&](int64_t i) {
    const int n = run_length(i, args.count, kLength);
    T x[kLength];
    load_any(static_cast<const T*>(args.x) + i, aligned != 0, n, x);
#pragma unroll
    for (int first = 0; first < kLength; first += kCounterWords) {
      const Philox4 words = draw(args.stream, i + first);
#pragma unroll
      for (int j = 0; j < kCounterWords; ++j) {
        const float kept = widen(x[first + j]) * scale;
        x[first + j] = narrow<T>(keeps != 0 && words.word[j] >= threshold ? kept : 0.0f);
      }
    }
    store_any(static_cast<T*>(args.y) + i, aligned != 0, n, x);
  });
}

template <class T>
__global__ void __launch_bounds__(kElementThreads, 2) uniform_runs(UniformArgs args, int32_t aligned) {
  for_each_run<kCounterWords>(0, args.count, [&](int64_t i) {
    const Philox4 words = draw(args.stream, i);
    const double width = args.high - args.low;
    T y[kCounterWords];
#pragma unroll
    for (int j = 0; j < kCounterWords; ++j)
      y[j] = narrow<T>(static_cast<float>(__dadd_rn(args.low, __dmul_rn(width, (words.word[j] >> 8) * 0x1p-24))));
    store_any(static_cast<T*>(args.y) + i, aligned != 0, run_length(i, args.count, kCounterWords), y);
  });
}

template <class T>
__global__ void __launch_bounds__(kElementThreads, 2) normal_runs(NormalArgs args, int32_t aligned) {
  constexpr double kTurn = 6.283185307179586477;
  for_each_run<kCounterWords>(0, args.count, [&](int64_t i) {
    const Philox4 words = draw(args.stream, i);
    T y[kCounterWords];
#pragma unroll
    for (int pair = 0; pair < kCounterWords; pair += 2) {
      const double radius = sqrt(-2.0 * log((words.word[pair] + 1.0) * 0x1p-32));
      const double angle = __dmul_rn(kTurn * 0x1p-32, words.word[pair + 1]);
      y[pair] =
          narrow<T>(static_cast<float>(__dadd_rn(args.mean, __dmul_rn(args.deviation, __dmul_rn(radius, cos(angle))))));
      y[pair + 1] =
          narrow<T>(static_cast<float>(__dadd_rn(args.mean, __dmul_rn(args.deviation, __dmul_rn(radius, sin(angle))))));
    }
    store_any(static_cast<T*>(args.y) + i, aligned != 0, run_length(i, args.count, kCounterWords), y);
  });
}

}  // namespace gridstride
