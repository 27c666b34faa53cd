// Bugs of order: an exchange through memory without the barrier, wait or __syncwarp that it needs.
#include <vector>

#include "kernels/common/device.cuh"
#include "test/native/emulation/planted.h"

namespace gridstride::test {

namespace {

constexpr int kThreads = 128;

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) reverse_block(float* y) {
  SHARED_ARRAY(float, row, kThreads);
  const int t = static_cast<int>(threadIdx.x);
  row[t] = static_cast<float>(t);
  if (!kBroken) __syncthreads();
  y[t] = row[kThreads - 1 - t];
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) reverse_twice(float* y) {
  SHARED_ARRAY(float, row, kThreads);
  const int t = static_cast<int>(threadIdx.x);
  y[t] = 0;
  for (int round = 0; round < 2; ++round) {
    row[t] = static_cast<float>(t) / 2;
    __syncthreads();
    y[t] += row[kThreads - 1 - t];
    if (!kBroken) __syncthreads();
  }
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) reverse_warp(float* y) {
  SHARED_ARRAY(float, row, kThreads);
  const int t = static_cast<int>(threadIdx.x);
  row[t] = static_cast<float>(kThreads - 1 - (t ^ 31));
  if (!kBroken) __syncwarp();
  y[t] = row[t ^ 31];
}

// Each half of a warp meets alone, but reads what the other half wrote.
template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) reverse_warp_by_halves(float* y) {
  SHARED_ARRAY(float, row, kThreads);
  const int t = static_cast<int>(threadIdx.x), partner = kBroken ? t ^ 31 : t ^ 15;
  row[t] = static_cast<float>(kThreads - 1 - (kBroken ? t ^ 31 : t ^ 15));
  __syncwarp(t % 32 < 16 ? 0x0000ffffu : 0xffff0000u);
  y[t] = row[partner];
}

// Copies of 16 bytes; the last group is waited for, or not.
template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) copy_reversed(float* y, const float* x) {
  DYN_SHARED(shared);
  float* row = shared.take<float>(kThreads);
  const int t = static_cast<int>(threadIdx.x);
  if (t < kThreads / 4) ptx::cp_async<16>(ptx::shared_address(row + 4 * t), x + 4 * t);
  ptx::cp_async_commit();
  ptx::cp_async_wait<kBroken ? 1 : 0>();
  __syncthreads();
  y[t] = row[kThreads - 1 - t];
  ptx::cp_async_wait<0>();
}

// The waiting thread sees its own copies at once, the others only behind a barrier.
template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) copy_without_barrier(float* y, const float* x) {
  DYN_SHARED(shared);
  float* row = shared.take<float>(kThreads);
  const int t = static_cast<int>(threadIdx.x);
  ptx::cp_async<4>(ptx::shared_address(row + t), x + t);
  ptx::cp_async_commit();
  ptx::cp_async_wait<0>();
  if (!kBroken) __syncthreads();
  y[t] = row[kThreads - 1 - t];
}

// What a copy reads must not change before its wait.
template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) overwrite_source(float* y, float* x) {
  DYN_SHARED(shared);
  float* row = shared.take<float>(kThreads);
  const int t = static_cast<int>(threadIdx.x);
  ptx::cp_async<4>(ptx::shared_address(row + t), x + t);
  ptx::cp_async_commit();
  __syncthreads();
  if (kBroken) x[kThreads - 1 - t] = -1;
  ptx::cp_async_wait<0>();
  __syncthreads();
  y[t] = row[kThreads - 1 - t];
}

// Warps 0 and 1 produce, warps 2 and 3 consume behind a named barrier.
template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) produce_and_consume(float* y) {
  SHARED_ARRAY(float, row, kThreads / 2);
  const int t = static_cast<int>(threadIdx.x);
  y[t] = static_cast<float>(kThreads - 1 - t);
  if (t < kThreads / 2) {
    if (kBroken) ptx::bar_arrive(1, kThreads);
    row[t] = static_cast<float>(t);
    if (!kBroken) ptx::bar_arrive(1, kThreads);
  } else {
    ptx::bar_sync(1, kThreads);
    y[t] = row[kThreads - 1 - t];
  }
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) exchange_in_global(float* y, float* scratch) {
  const int t = static_cast<int>(threadIdx.x);
  scratch[t] = static_cast<float>(t);
  if (!kBroken) __syncthreads();
  y[t] = scratch[kThreads - 1 - t];
}

// Two blocks write the same element, with the same value: the result is right, the program is not.
template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) write_from_two_blocks(float* y) {
  const int t = static_cast<int>(threadIdx.x), half = kThreads / 2;
  const int i = static_cast<int>(blockIdx.x) * half + t;
  if (t < half + (kBroken ? 1 : 0) && i < kThreads) y[i] = static_cast<float>(kThreads - 1 - i);
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) read_what_another_block_writes(float* y, float* scratch) {
  const int t = static_cast<int>(threadIdx.x);
  if (blockIdx.x == 0) scratch[t] = 1;
  if (blockIdx.x == 1) y[t] = static_cast<float>(kThreads - 1 - t) + (kBroken ? 0 * scratch[t] : 0);
}

template <class... P, class... A>
bool gives_reversed(unsigned blocks, size_t shared, void (*kernel)(float*, P...), A*... arguments) {
  std::vector<float> y(kThreads, -1.0f);
  static_cast<void>(launch(nullptr, blocks, kThreads, shared, kernel, y.data(), arguments...));
  for (int i = 0; i < kThreads; ++i)
    if (y[static_cast<size_t>(i)] != static_cast<float>(kThreads - 1 - i)) return false;
  return true;
}

std::vector<float> ramp() {
  std::vector<float> x(kThreads + 4);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  return x;
}

const size_t kRowBytes = SharedSize().add<float>(kThreads).bytes();

}  // namespace

#define GS_RUN(kernel, blocks, shared, ...)                                                   \
  [](bool broken) {                                                                           \
    std::vector<float> x = ramp();                                                            \
    static_cast<void>(x);                                                                     \
    return broken ? gives_reversed(blocks, shared, kernel<true> __VA_OPT__(, ) __VA_ARGS__)   \
                  : gives_reversed(blocks, shared, kernel<false> __VA_OPT__(, ) __VA_ARGS__); \
  }

std::vector<Bug> order_bugs() {
  return {
      {"missing __syncthreads", GS_RUN(reverse_block, 1, 0), "wrong result", "wrong result", "read of uninitialised"},
      {"missing __syncthreads before the next round", GS_RUN(reverse_twice, 1, 0), nullptr, nullptr, "race in shared"},
      {"missing __syncwarp", GS_RUN(reverse_warp, 1, 0), "wrong result", "wrong result", "read of uninitialised"},
      {"__syncwarp of the wrong lanes", GS_RUN(reverse_warp_by_halves, 1, 0), nullptr, nullptr, "shared memory"},
      {"missing cp.async wait", GS_RUN(copy_reversed, 1, kRowBytes, x.data()), "wrong result", "wrong result",
       "before cp.async has finished"},
      {"missing barrier behind cp.async", GS_RUN(copy_without_barrier, 1, kRowBytes, x.data()), "wrong result",
       "wrong result", "shared memory"},
      {"a copy's source overwritten before its wait", GS_RUN(overwrite_source, 1, kRowBytes, x.data()), "wrong result",
       "wrong result", "race in global memory"},
      {"arrival before the write", GS_RUN(produce_and_consume, 1, 0), nullptr, nullptr, "shared memory"},
      {"missing __syncthreads around global memory", GS_RUN(exchange_in_global, 1, 0, x.data()), nullptr, nullptr,
       "race in global memory"},
      {"two blocks write one element", GS_RUN(write_from_two_blocks, 2, 0), nullptr, nullptr, "of another block"},
      {"a block reads what another writes", GS_RUN(read_what_another_block_writes, 2, 0, x.data()), nullptr, nullptr,
       "of another block"},
  };
}

}  // namespace gridstride::test
