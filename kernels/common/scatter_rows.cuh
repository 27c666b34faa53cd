// Sums rows that share an id, sums[o, v] = sum of rows[o, t] over t with ids[t] = v, in f32: the backward pass of every
// selection by row. Positions are sorted by id first (radix_sort.cuh), then summed in their order, so that the bits
// depend on shapes and ids alone, and an id that all positions have costs no more than ids that all differ:
//   scatter_pieces    the sorted positions are cut into pieces of 32 to 256. One block of 128 threads per piece and
//                     chunk of columns, a vector of 16 bytes (or one element) a thread: runs of one id that begin in
//                     the piece are summed and written, also where they end in the next one. Of a long run, which
//                     touches three pieces or more, each writes its part to `parts`.
//   scatter_finish    one block per piece where a long run begins: sums the run's parts, 8 slices of pieces, then the
//                     slices in order. The others return at once.
//   scatter_elements  rows of few elements: one thread per element of the sums, which finds its id's first position.
//   scatter_zeros     beside the first two: a warp per row of the sums writes zeros where its id has no position. The
//                     third writes all.
#pragma once

#include "kernels/common/row.cuh"
#include "kernels/common/sorted_keys.cuh"
#include "kernels/common/strided.cuh"
#include "kernels/common/values.cuh"

namespace gridstride {

constexpr int kScatterThreads = 128;
constexpr int kScatterPiece = 256;  // positions at most
constexpr int kScatterSlices = 8;
constexpr uint32_t kNoKey = 0xffffffffu;

struct SortedRows {
  const void* rows;       // (outer, count, inner)
  void* sums;             // (outer, size, inner)
  float* parts;           // (outer, pieces, 2, inner): of a piece's first run, of its last
  const uint32_t* keys;   // (count) sorted ids; `size` for positions to leave out
  const uint32_t* order;  // (count) their positions
  int64_t inner;
  uint32_t size, count;
  uint32_t piece, pieces, chunks;
  DType sum_dtype;
};

// keys[t] = ids[t], or `size` where it is out of range or `skip`.
static __global__ void __launch_bounds__(kElementThreads, 4)
    scatter_keys(const void* ids, DType dtype, int64_t count, int64_t size, int64_t skip, uint32_t* keys) {
  for_each_run<1>(0, count, [&](int64_t i) {
    const int64_t id = load_index(ids, dtype, i);
    keys[i] = static_cast<uint32_t>(id >= 0 && id < size && id != skip ? id : size);
  });
}

template <int kLength>
__device__ __forceinline__ void store_sums(void* sums, DType dtype, int64_t at, const float (&sum)[kLength]) {
  if (dtype == DType::f32) return store_run(static_cast<float*>(sums) + at, kLength, sum);
  uint16_t bits[kLength];
#pragma unroll
  for (int j = 0; j < kLength; ++j) bits[j] = dtype == DType::bf16 ? ptx::f32_to_bf16(sum[j]) : ptx::f32_to_f16(sum[j]);
  store_run(static_cast<uint16_t*>(sums) + at, kLength, bits);
}

// What a block knows of its piece: n positions from `begin` on, and the runs at its ends.
struct ScatterEnds {
  bool skips_first;  // it belongs to the piece before
  bool first_is_part, last_is_part;
  bool takes_rest;  // of the last run, from the next piece
};

// `keys` (n + 2): also the ones before and after the piece.
__device__ __forceinline__ ScatterEnds scatter_ends(const SortedRows& args, uint32_t piece, int n,
                                                    const uint32_t* keys) {
  const uint32_t begin = piece * args.piece, second_next = begin + 2 * args.piece;
  const uint32_t first = keys[1], last = keys[n];
  const bool began = keys[0] == first, goes_on = keys[n + 1] == last, is_through = began && goes_on && first == last;
  const bool began_long_before = began && piece > 1 && args.keys[begin - args.piece - 1] == first;
  const bool goes_far_on = goes_on && second_next < args.count && args.keys[second_next] == last;
  const bool first_is_part = began_long_before || is_through, last_is_part = goes_far_on || is_through;
  return {began && !first_is_part, first_is_part, last_is_part, goes_on && !last_is_part};
}

template <class T, int kLength>
__global__ void __launch_bounds__(kScatterThreads, 8) scatter_pieces(SortedRows args) {
  SHARED_ARRAY(uint32_t, keys, kScatterPiece + 2);  // and the ones before and after the piece
  SHARED_ARRAY(uint32_t, order, kScatterPiece);
  const uint32_t chunk = blockIdx.x % args.chunks, rest = blockIdx.x / args.chunks;
  const uint32_t piece = rest % args.pieces, outer = rest / args.pieces, begin = piece * args.piece;
  const int n = static_cast<int>(args.count - begin < args.piece ? args.count - begin : args.piece);
  for (int i = static_cast<int>(threadIdx.x); i < n + 2; i += kScatterThreads) {
    const uint32_t at = begin + static_cast<uint32_t>(i) - 1;  // wraps below 0, which is past the end
    keys[i] = at < args.count ? args.keys[at] : kNoKey;
    if (i < n) order[i] = args.order[begin + static_cast<uint32_t>(i)];
  }
  __syncthreads();
  const int64_t column = (static_cast<int64_t>(chunk) * kScatterThreads + threadIdx.x) * kLength;
  if (column >= args.inner) return;
  const T* rows = static_cast<const T*>(args.rows) + static_cast<int64_t>(outer) * args.count * args.inner + column;
  float* parts = args.parts + (static_cast<int64_t>(outer) * args.pieces + piece) * 2 * args.inner + column;
  const ScatterEnds ends = scatter_ends(args, piece, n, keys);
  const auto key_of = [&](int i) {
    if (i <= n) return keys[i + 1];
    return begin + static_cast<uint32_t>(i) < args.count ? args.keys[begin + static_cast<uint32_t>(i)] : kNoKey;
  };
  float sum[kLength] = {};
  int i = 0;
  while (ends.skips_first && i < n && keys[i + 1] == keys[0]) ++i;
  int first = i;  // of the run
  for (; (i < n || ends.takes_rest) && key_of(i) < args.size; ++i) {
    const uint32_t key = key_of(i);
    T row[kLength];
    load_run(rows + (i < n ? order[i] : args.order[begin + static_cast<uint32_t>(i)]) * args.inner, 1, kLength, row);
#pragma unroll
    for (int j = 0; j < kLength; ++j) sum[j] += widen(row[j]);
    const bool goes_on = key_of(i + 1) == key;
    if (goes_on && (i + 1 < n || ends.takes_rest)) continue;
    const bool is_first_part = first == 0 && ends.first_is_part;
    if (goes_on || is_first_part)
      store_run(parts + (is_first_part ? 0 : args.inner), kLength, sum);
    else
      store_sums(args.sums, args.sum_dtype, (static_cast<int64_t>(outer) * args.size + key) * args.inner + column, sum);
#pragma unroll
    for (int j = 0; j < kLength; ++j) sum[j] = 0;
    first = i + 1;
    if (first >= n) return;
  }
}

template <int kLength>
__global__ void __launch_bounds__(kScatterThreads, 8) scatter_zeros(SortedRows args, int64_t rows) {
  constexpr int kWarps = kScatterThreads / kWarpSize;
  constexpr float kZeros[kLength] = {};
  for (int64_t row = static_cast<int64_t>(blockIdx.x) * kWarps + warp_of_thread(); row < rows;
       row += static_cast<int64_t>(gridDim.x) * kWarps) {
    const auto key = static_cast<uint32_t>(row % args.size);
    const uint32_t at = first_of_key(args.keys, args.count, key);
    if (at < args.count && args.keys[at] == key) continue;
    for (int64_t column = lane_of_thread() * kLength; column < args.inner; column += kWarpSize * kLength)
      store_sums(args.sums, args.sum_dtype, row * args.inner + column, kZeros);
  }
}

// The first piece after `piece` that does not begin with `key`.
__device__ __forceinline__ uint32_t end_of_run(const SortedRows& args, uint32_t piece, uint32_t key) {
  uint32_t low = piece + 1, high = args.pieces;
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    if (args.keys[middle * args.piece] == key)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

template <int kLength>
__global__ void __launch_bounds__(kScatterSlices* kWarpSize, 4) scatter_finish(SortedRows args, uint32_t chunks) {
  SHARED_ARRAY(float, slices, kScatterSlices* kWarpSize* kLength);
  const uint32_t chunk = blockIdx.x % chunks, rest = blockIdx.x / chunks;
  const uint32_t piece = rest % args.pieces, outer = rest / args.pieces, begin = piece * args.piece;
  const uint32_t next = begin + args.piece;
  if (piece + 1 == args.pieces) return;
  const uint32_t key = args.keys[next];
  if (key >= args.size || args.keys[next - 1] != key) return;
  if (next + args.piece >= args.count || args.keys[next + args.piece] != key) return;  // not long
  if (piece > 0 && args.keys[begin - 1] == key) return;                                // began before
  const uint32_t end = end_of_run(args, piece, key);
  const int64_t column = (static_cast<int64_t>(chunk) * kWarpSize + lane_of_thread()) * kLength;
  float sum[kLength] = {};
  for (uint32_t p = piece + static_cast<uint32_t>(warp_of_thread()); p < end && column < args.inner;
       p += kScatterSlices) {
    float part[kLength];
    const int64_t row = (static_cast<int64_t>(outer) * args.pieces + p) * 2 + (p == piece ? 1 : 0);
    load_run(static_cast<const float*>(args.parts) + row * args.inner + column, 1, kLength, part);
#pragma unroll
    for (int j = 0; j < kLength; ++j) sum[j] += part[j];
  }
#pragma unroll
  for (int j = 0; j < kLength; ++j) slices[(warp_of_thread() * kLength + j) * kWarpSize + lane_of_thread()] = sum[j];
  __syncthreads();
  if (warp_of_thread() > 0 || column >= args.inner) return;
#pragma unroll
  for (int slice = 1; slice < kScatterSlices; ++slice)
#pragma unroll
    for (int j = 0; j < kLength; ++j) sum[j] += slices[(slice * kLength + j) * kWarpSize + lane_of_thread()];
  store_sums(args.sums, args.sum_dtype, (static_cast<int64_t>(outer) * args.size + key) * args.inner + column, sum);
}

// Operands of the part: sums, the id, rows without the position.
template <class T>
__global__ void __launch_bounds__(kElementThreads, 4)
    scatter_elements(StridedRuns<3> part, SortedRows args, int64_t first_sum, int64_t first_id, int64_t first_row) {
  for_each_strided<1>(part, [&](const int64_t(&at)[3], int) {
    const uint32_t key = static_cast<uint32_t>(first_id + at[1]);
    const T* rows = static_cast<const T*>(args.rows) + first_row + at[2];
    float sum[1] = {0};
    for (uint32_t i = first_of_key(args.keys, args.count, key); i < args.count && args.keys[i] == key; ++i)
      sum[0] += widen(rows[args.order[i] * args.inner]);
    store_sums(args.sums, args.sum_dtype, first_sum + at[0], sum);
  });
}

}  // namespace gridstride
