// Softmax's mapping "block holds row" (softmax.cuh): a block of kThreads has a row in registers, thread t the vectors
// t, t + kThreads ... from the row's first aligned address on. What lies before and behind them, less than a vector
// each, is one element of one thread.
#pragma once

#include "kernels/loss/softmax.cuh"

namespace gridstride {

constexpr int kMostHoldingThreads = 512;  // with 128 registers each they fill a multiprocessor

// Of a row whose vectors begin at column `begin`, of which there are `vectors`; this thread's single element, or -1.
struct HeldRow {
  int begin, vectors, edge;
};
template <class T>
__device__ __forceinline__ HeldRow held_row(const T* row, int columns) {
  constexpr int kLength = kVectorLength<T>;
  const int to_vector = elements_to_vector(row), begin = to_vector < columns ? to_vector : columns;
  const int vectors = (columns - begin) / kLength, behind = begin + vectors * kLength;
  const auto thread = static_cast<int>(threadIdx.x);
  // Threads 0 to 7 have what is before, 8 to 15 what is behind.
  const int column = thread < 8 ? thread : behind + thread - 8;
  const bool has_edge = thread < 8 ? column < begin : thread < 16 && column < columns;
  return {begin, vectors, has_edge ? column : -1};
}

// body(i, column) for this thread's vectors; i counts them.
template <int kThreads, int kVectors, int kLength, class Body>
__device__ __forceinline__ void for_each_held(const HeldRow& row, Body&& body) {
#pragma unroll
  for (int i = 0; i < kVectors; ++i) {
    const int vector = i * kThreads + static_cast<int>(threadIdx.x);
    if (vector < row.vectors) body(i, row.begin + vector * kLength);
  }
}

template <class T, int kThreads, int kVectors>
__global__ void __launch_bounds__(kThreads, kMostHoldingThreads / kThreads)
    softmax_forward_block_holds_row(SoftmaxForwardArgs args) {
  constexpr int kLength = kVectorLength<T>, kWarps = kThreads / kWarpSize;
  const int64_t row = blockIdx.x;
  const T* x = static_cast<const T*>(args.x) + row * args.x_stride;
  T* y = static_cast<T*>(args.y) + row * args.columns;
  const HeldRow held = held_row(x, static_cast<int>(args.columns));
  float values[kVectors][kLength], top = Max::kNothing, sum = 0;
  for_each_held<kThreads, kVectors, kLength>(held, [&](int i, int column) {
    load_floats(x + column, values[i]);
#pragma unroll
    for (int j = 0; j < kLength; ++j) top = Max()(top, values[i][j]);
  });
  const float edge = held.edge < 0 ? Max::kNothing : widen(x[held.edge]);
  top = block_reduce<Max, kWarps>(Max()(top, edge));
  for_each_held<kThreads, kVectors, kLength>(held, [&](int i, int) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) sum += expf(values[i][j] - top);
  });
  if (held.edge >= 0) sum += expf(edge - top);
  const SoftmaxScale scale(top, block_reduce<Sum, kWarps>(sum), args.logarithm);
  for_each_held<kThreads, kVectors, kLength>(held, [&](int i, int column) {
#pragma unroll
    for (int j = 0; j < kLength; ++j) values[i][j] = scale.of(values[i][j]);
    store_floats(y + column, values[i]);
  });
  if (held.edge >= 0) y[held.edge] = narrow<T>(scale.of(edge));
}

// Of the outputs, kWaiting vectors of each thread wait in shared memory, in places of its own, and the others in
// registers: all in registers they spill.
template <class T, int kThreads, int kVectors, int kWaiting>
__global__ void __launch_bounds__(kThreads, kMostHoldingThreads / kThreads)
    softmax_backward_block_holds_row(SoftmaxBackwardArgs args) {
  constexpr int kLength = kVectorLength<T>;
  DYN_SHARED(shared);
  T* waiting = shared.take<T>(kWaiting * kThreads * kLength);
  const auto place = [&](int i) { return waiting + (i * kThreads + static_cast<int>(threadIdx.x)) * kLength; };
  const int64_t at = static_cast<int64_t>(blockIdx.x) * args.columns;
  const T* y = static_cast<const T*>(args.y) + at;
  const T* dy = static_cast<const T*>(args.dy) + at;
  T* dx = static_cast<T*>(args.dx) + at;
  const HeldRow held = held_row(y, static_cast<int>(args.columns));
  float gradients[kVectors][kLength], sum = 0;
  Vector<T, kLength> others[kVectors - kWaiting + 1];  // one too many: none is no array
  for_each_held<kThreads, kVectors, kLength>(held, [&](int i, int column) {
    const auto outputs = load_vector<T, kLength>(y + column);
    if (i < kWaiting)
      store_vector<T, kLength>(place(i), outputs);
    else
      others[i - kWaiting] = outputs;
    load_floats(dy + column, gradients[i]);
#pragma unroll
    for (int j = 0; j < kLength; ++j) sum += softmax_term(widen(outputs.element[j]), gradients[i][j], args.logarithm);
  });
  if (held.edge >= 0) sum += softmax_term(widen(y[held.edge]), widen(dy[held.edge]), args.logarithm);
  sum = block_reduce<Sum, kThreads / kWarpSize>(sum);
  for_each_held<kThreads, kVectors, kLength>(held, [&](int i, int column) {
    const auto outputs = i < kWaiting ? load_vector<T, kLength>(place(i)) : others[i - kWaiting];
#pragma unroll
    for (int j = 0; j < kLength; ++j)
      gradients[i][j] = softmax_gradient(widen(outputs.element[j]), gradients[i][j], sum, args.logarithm);
    store_floats(dx + column, gradients[i]);
  });
  // Read again: to keep the two for a few threads costs registers of all.
  if (held.edge >= 0)
    dx[held.edge] = narrow<T>(softmax_gradient(widen(y[held.edge]), widen(dy[held.edge]), sum, args.logarithm));
}

}  // namespace gridstride
