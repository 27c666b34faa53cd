// The k first of each row, in order (top_k.h). Elements are compared by a 64-bit key that grows in the wanted order,
// equal keys by index.
//   select  k at most 16: one block of 256 threads per row finds one element after another, reading the row k times.
//   rank    rows of at most 1024 elements: one block per row keeps the keys in shared memory; an element's place is the
//           number of those before it.
//   sort    else: positions of a group of rows are sorted (radix_sort.cuh) by the key's words, the last by row, and the
//           first k of each row taken.
// Any row stride and alignment, element by element.
#pragma once

#include "kernels/common/elements.cuh"
#include "kernels/common/values.cuh"
#include "kernels/reduce/top_k.h"

namespace gridstride {

constexpr int kTopKSelect = 16;
constexpr int64_t kTopKRank = 1024;

// Unsigned order of the values: NaN above everything, -0 as 0.
__device__ __forceinline__ uint64_t order_of(float x) {
  if (x != x) return 0xffffffffu;
  const uint32_t bits = x == 0 ? 0 : float_bits(x);
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}
__device__ __forceinline__ uint64_t order_of(int64_t x) {
  return static_cast<uint64_t>(x) ^ uint64_t { 1 } << 63;
}

template <class T>
__device__ __forceinline__ uint64_t top_k_key(const TopKArgs& args, int64_t row, int64_t column) {
  const uint64_t order = order_of(widen(static_cast<const T*>(args.x)[row * args.x_stride + column]));
  return args.smallest ? order : ~order;
}

struct TopPlace {
  uint64_t key;
  int64_t index;

  __device__ __forceinline__ bool before(const TopPlace& other) const {
    return key != other.key ? key < other.key : index < other.index;
  }
};

template <class T>
__device__ __forceinline__ void top_k_write(const TopKArgs& args, int64_t row, int64_t place, int64_t column) {
  static_cast<T*>(args.values)[row * args.k + place] = static_cast<const T*>(args.x)[row * args.x_stride + column];
  static_cast<int64_t*>(args.indices)[row * args.k + place] = column;
}

// The first of all threads' places; every thread gets it.
__device__ __forceinline__ TopPlace first_of_block(TopPlace best) {
  constexpr int kWarps = kElementThreads / kWarpSize;
  SHARED_ARRAY(TopPlace, warps, kWarps);
#pragma unroll
  for (int distance = kWarpSize / 2; distance > 0; distance /= 2) {
    const TopPlace other = {__shfl_xor_sync(kAllLanes, best.key, distance),
                            __shfl_xor_sync(kAllLanes, best.index, distance)};
    if (other.before(best)) best = other;
  }
  __syncthreads();  // the places of the call before have been read
  if (lane_of_thread() == 0) warps[warp_of_thread()] = best;
  __syncthreads();
  best = warps[0];
#pragma unroll
  for (int warp = 1; warp < kWarps; ++warp)
    if (warps[warp].before(best)) best = warps[warp];
  return best;
}

template <class T>
__global__ void __launch_bounds__(kElementThreads, 4) top_k_select(TopKArgs args) {
  const int64_t row = blockIdx.x;
  TopPlace last = {0, -1};
  for (int64_t place = 0; place < args.k; ++place) {
    TopPlace best = {~uint64_t{0}, args.columns};
    for (int64_t column = threadIdx.x; column < args.columns; column += kElementThreads) {
      const TopPlace mine = {top_k_key<T>(args, row, column), column};
      if (last.before(mine) && mine.before(best)) best = mine;
    }
    last = first_of_block(best);
    if (threadIdx.x == 0) top_k_write<T>(args, row, place, last.index);
  }
}

template <class T>
__global__ void __launch_bounds__(kElementThreads, 4) top_k_rank(TopKArgs args) {
  SHARED_ARRAY(uint64_t, keys, kTopKRank);
  const int64_t row = blockIdx.x;
  const int columns = static_cast<int>(args.columns);
  for (int column = static_cast<int>(threadIdx.x); column < columns; column += kElementThreads)
    keys[column] = top_k_key<T>(args, row, column);
  __syncthreads();
  for (int column = static_cast<int>(threadIdx.x); column < columns; column += kElementThreads) {
    const TopPlace mine = {keys[column], column};
    int64_t place = 0;
    for (int other = 0; other < columns; ++other) place += TopPlace{keys[other], other}.before(mine);
    if (place < args.k) top_k_write<T>(args, row, place, column);
  }
}

// What positions are sorted by: words 0 and 1 of the key, and the row.
enum class TopKWord : int32_t { low, high, row };

// keys[i] for position positions[i] (null: i) of the rows from `first_row` on.
template <class T>
__global__ void __launch_bounds__(kElementThreads, 4)
    top_k_keys(TopKArgs args, int64_t first_row, int64_t count, TopKWord word, const uint32_t* positions,
               uint32_t* keys) {
  for_each_run<1>(0, count, [&](int64_t i) {
    const uint32_t position = positions ? positions[i] : static_cast<uint32_t>(i);
    const uint32_t row = position / static_cast<uint32_t>(args.columns);
    const uint32_t column = position - row * static_cast<uint32_t>(args.columns);
    if (word == TopKWord::row)
      keys[i] = row;
    else
      keys[i] = static_cast<uint32_t>(top_k_key<T>(args, first_row + row, column) >> (word == TopKWord::high ? 32 : 0));
  });
}

// Element j of row r of the group is the one at positions[r * columns + j].
template <class T>
__global__ void __launch_bounds__(kElementThreads, 4)
    top_k_take(TopKArgs args, int64_t first_row, int64_t rows, const uint32_t* positions) {
  for_each_run<1>(0, rows * args.k, [&](int64_t i) {
    const int64_t row = i / args.k, place = i - row * args.k;
    const int64_t column = positions[row * args.columns + place] - row * args.columns;
    top_k_write<T>(args, first_row + row, place, column);
  });
}

}  // namespace gridstride
