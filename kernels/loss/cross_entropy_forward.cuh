// Cross-entropy forward (formulas and shapes: cross_entropy.h): one pass over the logits with a running maximum and a
// running sum that is rescaled when the maximum grows. Rows in f32, the sum over rows in f64.
//   group per row  1 to 32 lanes, a power of two, by the number of classes; 256 threads a block
//   block per row  256 threads, for large vocabularies
// Both stride over the rows, at most kMaxLossParts blocks; every block leaves its sums of losses and of weights.
// Vectors of 16 bytes from the first aligned address of each row on: any V, stride and alignment.
#pragma once

#include "kernels/loss/cross_entropy.cuh"

namespace gridstride {

struct CrossEntropyParts {
  double* losses;             // of each block, null where every row writes its own
  double* weights;            // of each block
  const float* weight_total;  // null without weights
  FaultSink faults;           // for labels out of range
};

// The row's sum, and the sum of w * (x - origin).
struct RunningRow : RunningSum {
  float smooth = 0;
};

// What smoothed terms are taken from, so that a common part of all logits does not cost digits: the label's logit.
template <class T>
__device__ __forceinline__ float origin_of(const T* x, const Label& label) {
  const float at = label.valid ? widen(x[label.value]) : 0.0f;
  return fabsf(at) < __builtin_huge_valf() ? at : 0.0f;
}

// A team's part of a row.
template <class T>
__device__ __forceinline__ RunningRow read_row(const CrossEntropyForwardArgs& args, const T* x, float origin, int index,
                                               int team) {
  const bool smooths = args.label_smoothing > 0;
  RunningRow row;
  for_each_of_team(x, 0, args.classes, true, index, team, [&](int64_t i, auto length) {
    float values[decltype(length)::value];
    load_floats(x + i, values);
    row.add(values);
    if (!smooths) return;
#pragma unroll
    for (int j = 0; j < decltype(length)::value; ++j) row.smooth += class_weight(args, i + j) * (values[j] - origin);
  });
  return row;
}

// Writes what the row saves and gives its loss.
template <class T>
__device__ __forceinline__ float finish_row(const CrossEntropyForwardArgs& args, const CrossEntropyParts& parts,
                                            int64_t r, const T* x, const Label& label, float origin,
                                            const RunningRow& row) {
  float loss = 0, lse = 0;
  if (label.valid) {
    const float log_sum = logf(row.sum), smoothing = static_cast<float>(args.label_smoothing);
    lse = row.top + log_sum;
    // Taking the maximum off first keeps the small difference of a well-classified row.
    const float likelihood = log_sum - (widen(x[label.value]) - row.top);
    loss = (1.0f - smoothing) * class_weight(args, label.value) * likelihood;
    if (smoothing > 0) {
      const float all = weight_total(args, parts.weight_total) * (log_sum + (row.top - origin)) - row.smooth;
      loss += smoothing / static_cast<float>(args.classes) * all;
    }
  } else if (!label.ignored) {
    loss = lse = __builtin_nanf("");
    report_fault(parts.faults, FaultKind::label, label.value, r, args.classes);
  }
  static_cast<float*>(args.lse)[r] = lse;
  if (!parts.losses) static_cast<float*>(args.loss)[r] = loss;
  return loss;
}

// Sums over the threads of a block, some of which hold a row's loss and weight.
__device__ __forceinline__ void store_parts(const CrossEntropyParts& parts, double loss, double weight) {
  if (!parts.losses) return;
  loss = block_sum<kLossWarps>(loss);
  weight = block_sum<kLossWarps>(weight);
  if (threadIdx.x != 0) return;
  parts.losses[blockIdx.x] = loss;
  parts.weights[blockIdx.x] = weight;
}

template <class T>
__global__ void __launch_bounds__(kLossThreads, 4)
    cross_entropy_forward_group_per_row(CrossEntropyForwardArgs args, CrossEntropyParts parts, int lanes) {
  const int rows_of_warp = kWarpSize / lanes, index = lane_of_thread() % lanes;
  const int64_t step = static_cast<int64_t>(gridDim.x) * kLossWarps * rows_of_warp;
  double loss = 0, weight = 0;
  for (int64_t first = (static_cast<int64_t>(blockIdx.x) * kLossWarps + warp_of_thread()) * rows_of_warp;
       first < args.rows; first += step) {
    const int64_t r = first + lane_of_thread() / lanes;
    const bool within = r < args.rows;
    const T* x = static_cast<const T*>(args.logits) + (within ? r * args.logits_stride : 0);
    const Label label = within ? label_of_row(args, r) : Label{0, true, false};
    const float origin = origin_of(x, label);
    RunningRow row;
    if (label.valid) row = read_row(args, x, origin, index, lanes);
    float top = row.top;
    for (int distance = lanes / 2; distance > 0; distance /= 2)
      top = Max()(top, __shfl_xor_sync(kAllLanes, top, distance));
    row.rescale(top);
    for (int distance = lanes / 2; distance > 0; distance /= 2) {
      row.sum += __shfl_xor_sync(kAllLanes, row.sum, distance);
      row.smooth += __shfl_xor_sync(kAllLanes, row.smooth, distance);
    }
    if (!within || index != 0) continue;
    loss += static_cast<double>(finish_row(args, parts, r, x, label, origin, row));
    if (label.valid) weight += static_cast<double>(class_weight(args, label.value));
  }
  store_parts(parts, loss, weight);
}

template <class T>
__global__ void __launch_bounds__(kLossThreads, 4)
    cross_entropy_forward_block_per_row(CrossEntropyForwardArgs args, CrossEntropyParts parts) {
  double loss = 0, weight = 0;
  for (int64_t r = blockIdx.x; r < args.rows; r += gridDim.x) {
    const T* x = static_cast<const T*>(args.logits) + r * args.logits_stride;
    const Label label = label_of_row(args, r);
    const float origin = origin_of(x, label);
    RunningRow row;
    if (label.valid) {  // of the whole block
      row = read_row(args, x, origin, static_cast<int>(threadIdx.x), kLossThreads);
      row.join_block<kLossWarps>();
      if (args.label_smoothing > 0) row.smooth = block_reduce<Sum, kLossWarps>(row.smooth);
    }
    if (threadIdx.x != 0) continue;
    loss += static_cast<double>(finish_row(args, parts, r, x, label, origin, row));
    if (label.valid) weight += static_cast<double>(class_weight(args, label.value));
  }
  store_parts(parts, loss, weight);
}

}  // namespace gridstride
