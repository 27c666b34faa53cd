// Reductions over any dimensions of a strided tensor (ops and shapes: reduce.h; what is kept: folds.cuh; walk:
// kernels/common/strided.cuh). Dimensions are ordered by x's strides, so that neighbours are read together.
//   along    neighbours belong to one output: a warp (8 outputs a block) or a block of 256 threads per output and
//            chunk, in vectors of 16 bytes where x allows.
//   across   neighbours belong to different outputs: 256 / slices threads side by side, each with a vector of outputs,
//            and 8 slices of the reduced elements (1 where they are few), joined in order.
//   finish   large reductions to few outputs are cut into chunks; one warp per output joins its chunks' parts.
// The tree depends on the shape alone. Any size, stride and alignment; kLength 1 goes element by element.
#pragma once

#include "kernels/common/strided.cuh"
#include "kernels/reduce/folds.cuh"

namespace gridstride {

constexpr int kReduceWarps = kElementThreads / kWarpSize;

struct ReduceWalk {
  StridedRuns<2> kept;     // x, output; across: runs of kLength
  StridedRuns<2> reduced;  // x, position; along: runs of kLength
  int64_t first_output;
  int64_t chunk;  // runs of `reduced` in a chunk
  int64_t reduced_runs;
  uint32_t chunks;
  int32_t threads;  // along: 32 or 256 per output and chunk
  int32_t slices;   // across

  // Run `run` of the reduced elements; a single dimension may have 2^31 runs or more.
  template <int kLength>
  __device__ __forceinline__ int locate(int64_t run, int64_t (&at)[2]) const {
    if (reduced.rank > 1) return reduced.template locate<kLength>(static_cast<uint32_t>(run), at);
    at[0] = run * kLength * reduced.strides[0][0];
    at[1] = run * kLength * reduced.strides[1][0];
    const int64_t rest = last - run * kLength;
    return rest < kLength ? static_cast<int>(rest) : kLength;
  }
  int64_t last;  // elements of a single reduced dimension
};

template <class Fold>
__device__ __forceinline__ typename Fold::State reduce_warp(const Fold& fold, typename Fold::State state) {
#pragma unroll
  for (int distance = kWarpSize / 2; distance > 0; distance /= 2) state = fold.join(state, from_lane(state, distance));
  return state;
}

template <class T, int kLength, class Fold>
__global__ void __launch_bounds__(kElementThreads, 4)
    reduce_along(ReduceWalk walk, const T* x, Fold fold, typename Fold::State* parts) {
  using State = typename Fold::State;
  SHARED_ARRAY(State, warps, kReduceWarps);
  const bool by_warp = walk.threads == kWarpSize;
  const uint32_t task = by_warp ? blockIdx.x * kReduceWarps + static_cast<uint32_t>(warp_of_thread()) : blockIdx.x;
  const uint32_t output = task / walk.chunks, chunk = task - output * walk.chunks;
  const bool valid = output < walk.kept.runs;
  int64_t kept[2] = {0, 0};
  if (valid) walk.kept.template locate<1>(output, kept);
  const int64_t k = walk.first_output + kept[1], begin = chunk * walk.chunk;
  const int64_t end = valid ? (begin + walk.chunk < walk.reduced_runs ? begin + walk.chunk : walk.reduced_runs) : 0;
  State state = fold.start();
  if (begin < end) {
    const auto context = fold.context(k);
    const int64_t step = walk.reduced.strides[1][0];
    for (int64_t run = begin + (by_warp ? lane_of_thread() : static_cast<int>(threadIdx.x)); run < end;
         run += walk.threads) {
      int64_t at[2];
      const int n = walk.locate<kLength>(run, at);
      T values[kLength];
      load_run(x + kept[0] + at[0], 1, n, values);
#pragma unroll
      for (int j = 0; j < kLength; ++j)
        if (kLength == 1 || j < n) fold.take(state, context, widen(values[j]), at[1] + j * step);
    }
  }
  state = reduce_warp(fold, state);
  if (!by_warp) {
    if (lane_of_thread() == 0) warps[warp_of_thread()] = state;
    __syncthreads();
    state = warps[0];
#pragma unroll
    for (int warp = 1; warp < kReduceWarps; ++warp) state = fold.join(state, warps[warp]);
  }
  if (!valid || (by_warp ? lane_of_thread() : static_cast<int>(threadIdx.x)) != 0) return;
  if (parts)
    parts[task] = state;
  else
    fold.write(k, state);
}

template <class T, int kLength, class Fold>
__global__ void __launch_bounds__(kElementThreads, 2)
    reduce_across(ReduceWalk walk, const T* x, Fold fold, typename Fold::State* parts) {
  using State = typename Fold::State;
  SHARED_ARRAY(State, slices, kElementThreads * kLength);
  const int width = kElementThreads / walk.slices;
  const int lane = static_cast<int>(threadIdx.x) % width, slice = static_cast<int>(threadIdx.x) / width;
  const uint32_t chunk = blockIdx.x % walk.chunks;
  const uint32_t run = blockIdx.x / walk.chunks * static_cast<uint32_t>(width) + static_cast<uint32_t>(lane);
  const bool valid = run < walk.kept.runs;
  int64_t kept[2] = {0, 0};
  const int n = valid ? walk.kept.template locate<kLength>(run, kept) : 0;
  const int64_t k = walk.first_output + kept[1], step = walk.kept.strides[1][0];
  State state[kLength];
  decltype(fold.context(0)) context[kLength];
#pragma unroll
  for (int j = 0; j < kLength; ++j) {
    state[j] = fold.start();
    context[j] = fold.context(valid && j < n ? k + j * step : walk.first_output);
  }
  const int64_t begin = chunk * walk.chunk;
  const int64_t end = begin + walk.chunk < walk.reduced_runs ? begin + walk.chunk : walk.reduced_runs;
  for (int64_t r = begin + slice; r < end && valid; r += walk.slices) {
    int64_t at[2];
    walk.locate<1>(r, at);
    T values[kLength];
    load_run(x + kept[0] + at[0], 1, n, values);
#pragma unroll
    for (int j = 0; j < kLength; ++j) fold.take(state[j], context[j], widen(values[j]), at[1]);
  }
#pragma unroll
  for (int j = 0; j < kLength; ++j) slices[j * kElementThreads + static_cast<int>(threadIdx.x)] = state[j];
  __syncthreads();
  if (slice != 0 || !valid) return;
#pragma unroll
  for (int j = 0; j < kLength; ++j) {
    for (int other = 1; other < walk.slices; ++other)
      state[j] = fold.join(state[j], slices[j * kElementThreads + other * width + lane]);
    if (j >= n) continue;
    if (parts)
      parts[(static_cast<int64_t>(run) * kLength + j) * walk.chunks + chunk] = state[j];
    else
      fold.write(k + j * step, state[j]);
  }
}

// `kept` counts outputs here.
template <class Fold>
__global__ void __launch_bounds__(kElementThreads, 4)
    reduce_finish(ReduceWalk walk, Fold fold, const typename Fold::State* parts) {
  const uint32_t output = blockIdx.x * kReduceWarps + static_cast<uint32_t>(warp_of_thread());
  typename Fold::State state = fold.start();
  if (output < walk.kept.runs)
    for (uint32_t c = static_cast<uint32_t>(lane_of_thread()); c < walk.chunks; c += kWarpSize)
      state = fold.join(state, parts[static_cast<int64_t>(output) * walk.chunks + c]);
  state = reduce_warp(fold, state);
  if (output >= walk.kept.runs || lane_of_thread() != 0) return;
  int64_t kept[2];
  walk.kept.template locate<1>(output, kept);
  fold.write(walk.first_output + kept[1], state);
}

// Operands of the part: output, position, dx. dx is dy where an output's first match lies, elsewhere 0.
template <class T>
__global__ void __launch_bounds__(kElementThreads, 4)
    reduce_select_spread(StridedRuns<3> part, const int64_t* matches, const T* dy, T* dx, int64_t first_output,
                         int64_t first_position) {
  for_each_strided<1>(part, [&](const int64_t(&at)[3], int) {
    const int64_t k = first_output + at[0];
    dx[at[2]] = matches[k] == first_position + at[1] ? dy[k] : T{};
  });
}

// Operands of the part: output, x, dx. An element's dx is dy times the product of the other elements of its output.
template <class T>
__global__ void __launch_bounds__(kElementThreads, 4)
    reduce_prod_spread(StridedRuns<3> part, const Product* products, const T* dy, const T* x, T* dx) {
  for_each_strided<1>(part, [&](const int64_t(&at)[3], int) {
    const Product product = products[at[0]];
    const double value = static_cast<double>(widen(x[at[1]]));
    const double whole = product.value * static_cast<double>(widen(dy[at[0]]));
    const bool is_only_zero = product.zeros == 1 && value == 0;
    dx[at[2]] = narrow<T>(static_cast<float>(product.zeros == 0 ? whole / value : is_only_zero ? whole : 0.0));
  });
}

}  // namespace gridstride
