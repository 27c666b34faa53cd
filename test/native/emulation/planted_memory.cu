// Bugs of place: accesses past the end of shared or global memory, into a neighbour, misaligned, uninitialised.
#include <vector>

#include "kernels/common/device.cuh"
#include "test/native/emulation/planted.h"

namespace gridstride::test {

namespace {

constexpr int kThreads = 64;

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) write_shared_past_end(float* y) {
  SHARED_ARRAY(float, row, kThreads);
  const int t = static_cast<int>(threadIdx.x);
  row[t] = 1;
  __syncthreads();
  if (kBroken && t == 0) row[blockDim.x] = 2;
  y[t] = row[t];
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) read_shared_past_end(float* y) {
  SHARED_ARRAY(float, row, kThreads);
  const int t = static_cast<int>(threadIdx.x);
  row[t] = 1;
  __syncthreads();
  y[t] = row[(t + (kBroken ? 1 : 0)) % (kThreads + 1)];
}

// Two parts of dynamic shared memory lie side by side on a device.
template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) write_into_neighbour(float* y) {
  DYN_SHARED(shared);
  float* first = shared.take<float>(kThreads);
  float* second = shared.take<float>(kThreads);
  const int t = static_cast<int>(threadIdx.x);
  second[t] = 1;
  first[t + (kBroken ? 1 : 0)] = 2;
  __syncthreads();
  y[t] = second[t];
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) read_uninitialised(float* y) {
  SHARED_ARRAY(float, row, kThreads);
  const int t = static_cast<int>(threadIdx.x);
  if (!kBroken || t != 7) row[t] = 1;
  __syncthreads();
  y[t] = row[t];
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) write_global_past_end(float* y) {
  y[threadIdx.x + (kBroken ? 1 : 0)] = 1;
  if (kBroken && threadIdx.x == 0) y[0] = 1;
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) load_misaligned_vector(float* y, const float* ones) {
  const auto four = load_vector<float, 4>(ones + (kBroken ? 1 : 0));
  y[threadIdx.x] = four.element[3];
}

// A plain load, not load_vector: a device would fault too.
template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) cast_misaligned(float* y, const float* ones) {
  const char* bytes = reinterpret_cast<const char*>(ones) + (kBroken ? 2 : 0);
  y[threadIdx.x] = *reinterpret_cast<const float*>(bytes) > 0 ? 1 : 0;
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) copy_past_end(float* y, const float* ones) {
  DYN_SHARED(shared);
  float* row = shared.take<float>(kThreads);
  const int t = static_cast<int>(threadIdx.x);
  if (t < kThreads / 4 + (kBroken ? 1 : 0)) ptx::cp_async<16>(ptx::shared_address(row) + 16 * t, ones);
  ptx::cp_async_commit();
  ptx::cp_async_wait<0>();
  __syncthreads();
  y[t] = row[t];
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) load_matrix_past_end(float* y) {
  DYN_SHARED(shared);
  uint16_t* tile = shared.take<uint16_t>(8 * 8);
  const int t = static_cast<int>(threadIdx.x);
  tile[t] = 0x3f80;
  __syncthreads();
  uint32_t fragment[1];
  ptx::ldmatrix_x1(fragment, ptx::shared_address(tile) + 16 * (t % 8 + (kBroken ? 1 : 0)));
  y[t] = to_float(BFloat16{static_cast<uint16_t>(fragment[0])});
}

__global__ void __launch_bounds__(kThreads, 1) copy_one(float* y, const float* one) { y[threadIdx.x] = *one; }

// A pointer into the stack of who launches: a GPU would fault.
bool read_host_memory(bool broken) {
  const float one = 1;
  const std::vector<float> ones(1, one);
  std::vector<float> y(kThreads);
  static_cast<void>(launch(nullptr, 1, kThreads, 0, copy_one, y.data(), broken ? &one : ones.data()));
  return y[kThreads - 1] == 1;
}

template <class... P, class... A>
bool gives_ones(size_t shared, void (*kernel)(float*, P...), A*... arguments) {
  std::vector<float> y(kThreads, -1.0f);
  static_cast<void>(launch(nullptr, 1, kThreads, shared, kernel, y.data(), arguments...));
  for (const float v : y)
    if (v != 1) return false;
  return true;
}

const size_t kRow = SharedSize().add<float>(kThreads).bytes();
const size_t kTwoRows = 2 * kRow;
const size_t kTile = SharedSize().add<uint16_t>(64).bytes();

}  // namespace

#define GS_RUN(kernel, shared, ...)                                               \
  [](bool broken) {                                                               \
    alignas(16) static const float ones[8] = {1, 1, 1, 1, 1, 1, 1, 1};            \
    static_cast<void>(ones);                                                      \
    return broken ? gives_ones(shared, kernel<true> __VA_OPT__(, ) __VA_ARGS__)   \
                  : gives_ones(shared, kernel<false> __VA_OPT__(, ) __VA_ARGS__); \
  }

std::vector<Bug> memory_bugs() {
  const char* const kAsan = "use-after-poison";
  const char* const kIndex = "index 64 out of bounds";
  return {
      {"write past shared memory", GS_RUN(write_shared_past_end, 0), "at byte 256 of row", kIndex,
       "at byte 256 of row"},
      {"read past shared memory", GS_RUN(read_shared_past_end, 0), "wrong result", kIndex, "at byte 256 of row"},
      {"write into a neighbouring part", GS_RUN(write_into_neighbour, kTwoRows), "at byte 256 of dynamic part 0", kAsan,
       "at byte 256 of dynamic part 0"},
      {"read of uninitialised shared memory", GS_RUN(read_uninitialised, 0), "wrong result", "wrong result",
       "read of uninitialised memory in shared memory row, byte 28"},
      {"write past global memory", GS_RUN(write_global_past_end, 0), nullptr, "heap-buffer-overflow", nullptr},
      {"read of the host's memory", read_host_memory, nullptr, nullptr, "access to the host's memory: read"},
      {"misaligned vector", GS_RUN(load_misaligned_vector, 0, ones), "misaligned access", "misaligned access",
       "misaligned access"},
      {"misaligned cast", GS_RUN(cast_misaligned, 0, ones), nullptr, "misaligned address", "misaligned access"},
      {"cp.async past shared memory", GS_RUN(copy_past_end, kRow, ones), "cp.async: out-of-bounds",
       "cp.async: out-of-bounds", "cp.async: out-of-bounds"},
      {"ldmatrix past shared memory", GS_RUN(load_matrix_past_end, kTile), "row of lane 7: out-of-bounds",
       "row of lane 7: out-of-bounds", "row of lane 7: out-of-bounds"},
  };
}

}  // namespace gridstride::test
