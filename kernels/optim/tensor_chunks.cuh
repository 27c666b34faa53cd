// A list of tensors as one list of chunks of equal size, one block of threads a chunk, so that many small tensors and
// a few large ones share a device alike. The list travels in a kernel's parameters, which a driver before CUDA 12.1
// limits to 4096 bytes: kernels take what they need of the Args, with chunk counts as prefix sums.
#pragma once

#include "kernels/common/row.cuh"
#include "kernels/optim/tensor_list.h"

namespace gridstride {

constexpr int kChunkThreads = 256;
constexpr size_t kMaxParameterBytes = 4096;

struct TensorChunks {
  int64_t counts[kMaxTensors];
  int32_t first[kMaxTensors + 1];  // chunk at which a tensor begins; behind the last tensor the number of all
  int32_t tensors;
  uint8_t dtypes[kMaxTensors];
};

struct Chunk {
  int tensor;
  int64_t begin, end;  // elements of the tensor
};

// The chunk of kSize elements that this block takes: the last tensor that begins at or before it.
template <int kSize>
__device__ __forceinline__ Chunk chunk_of_block(const TensorChunks& list) {
  const auto block = static_cast<int32_t>(blockIdx.x);
  int tensor = 0;
#pragma unroll
  for (int step = kMaxTensors / 2; step > 0; step /= 2)
    if (tensor + step < list.tensors && list.first[tensor + step] <= block) tensor += step;
  const int64_t begin = static_cast<int64_t>(block - list.first[tensor]) * kSize, end = begin + kSize;
  return {tensor, begin, end < list.counts[tensor] ? end : list.counts[tensor]};
}

template <class T, class... P>
__device__ __forceinline__ bool are_vectors(int length, const T* p, const P*... rest) {
  const bool aligned = reinterpret_cast<uintptr_t>(p) % (sizeof(T) * length) == 0;
  if constexpr (sizeof...(rest) == 0)
    return aligned;
  else
    return aligned && are_vectors(length, rest...);
}

// vectors(i) for each run of kLength elements of a chunk, one run a thread at a time, then element(i) for what is left;
// element(i) for all unless `aligned`.
template <int kLength, class Vectors, class Element>
__device__ __forceinline__ void for_each_in_chunk(const Chunk& chunk, bool aligned, Vectors&& vectors,
                                                  Element&& element) {
  const int64_t whole = aligned ? chunk.end - (chunk.end - chunk.begin) % kLength : chunk.begin;
  const auto thread = static_cast<int64_t>(threadIdx.x);
  for (int64_t i = chunk.begin + thread * kLength; i < whole; i += kChunkThreads * kLength) vectors(i);
#pragma unroll 1
  for (int64_t i = whole + thread; i < chunk.end; i += kChunkThreads) element(i);
}

}  // namespace gridstride
