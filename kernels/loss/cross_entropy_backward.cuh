// Cross-entropy backward (formulas and shapes: cross_entropy.h), f32 inside. A row, or `columns` of it where it is
// long, is taken by a team of 1 to 256 threads, a power of two; 256 threads a block. An element is read and written by
// one thread, so dlogits may be the logits. Vectors of 16 bytes from the first aligned address on where a row's logits
// and dlogits are aligned alike, single elements elsewhere: any V, strides and alignment.
#pragma once

#include "kernels/loss/cross_entropy.cuh"

namespace gridstride {

// The scalars of one row: dlogits[v] = factor * p[v] - spread * w[v] - target * [v = label].
struct RowGradient {
  float lse, factor, spread, target;

  __device__ __forceinline__ RowGradient(const CrossEntropyBackwardArgs& args, int64_t r, const Label& label,
                                         const float* total) {
    const float dloss = static_cast<const float*>(args.dloss)[args.reduction == Reduction::none ? r : 0];
    const float scale = dloss / *static_cast<const float*>(args.normaliser);
    const auto smoothing = static_cast<float>(args.label_smoothing);
    lse = static_cast<const float*>(args.lse)[r];
    target = (1.0f - smoothing) * (label.valid ? class_weight(args, label.value) : 1.0f) * scale;
    spread = smoothing / static_cast<float>(args.classes) * scale;
    factor = smoothing > 0 ? target + spread * weight_total(args, total) : target;
  }
};

template <class T>
__global__ void __launch_bounds__(kLossThreads, 4)
    cross_entropy_backward_rows(CrossEntropyBackwardArgs args, const float* total, int team, int64_t columns) {
  const auto thread = static_cast<int>(threadIdx.x);
  const int64_t r = static_cast<int64_t>(blockIdx.x) * (kLossThreads / team) + thread / team;
  if (r >= args.rows) return;
  const int64_t first = static_cast<int64_t>(blockIdx.y) * columns;
  const int64_t end = first + columns < args.classes ? first + columns : args.classes;
  const T* x = static_cast<const T*>(args.logits) + r * args.logits_stride;
  T* dx = static_cast<T*>(args.dlogits) + r * args.dlogits_stride;
  const bool alike = (reinterpret_cast<uintptr_t>(x) - reinterpret_cast<uintptr_t>(dx)) % 16 == 0;
  const Label label = label_of_row(args, r);
  if (label.ignored) {
    for_each_of_team(x, first, end, alike, thread % team, team, [&](int64_t i, auto length) {
      const float zeros[decltype(length)::value] = {};
      store_floats(dx + i, zeros);
    });
    return;
  }
  const RowGradient row(args, r, label, total);
  const bool smooths = args.label_smoothing > 0;
  for_each_of_team(x, first, end, alike, thread % team, team, [&](int64_t i, auto length) {
    constexpr int kLength = decltype(length)::value;
    float values[kLength];
    load_floats(x + i, values);
#pragma unroll
    for (int j = 0; j < kLength; ++j) values[j] = row.factor * exp_negative(values[j] - row.lse);
    if (smooths) {
#pragma unroll
      for (int j = 0; j < kLength; ++j) values[j] -= row.spread * class_weight(args, i + j);
    }
    if (label.value >= i && label.value < i + kLength) {
#pragma unroll
      for (int j = 0; j < kLength; ++j)
        if (label.value == i + j) values[j] -= row.target;
    }
    store_floats(dx + i, values);
  });
}

}  // namespace gridstride
