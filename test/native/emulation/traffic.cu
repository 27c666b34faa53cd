#include "test/native/emulation/traffic.h"

#include <vector>

#include "kernels/common/tile.cuh"

namespace gridstride::test {

namespace {

__global__ void __launch_bounds__(64, 1) copy_words_kernel(float* y, const float* x, int stride) {
  const unsigned i = blockIdx.x * 64 + threadIdx.x;
  y[i] = x[i * static_cast<unsigned>(stride)];
}

__global__ void __launch_bounds__(32, 1) copy_vectors_kernel(float* y, const float* x, int stride) {
  const int i = lane_of_thread() * stride * 4;
  store_vector<float, 4>(y + i, load_vector<float, 4>(x + i));
}

__global__ void __launch_bounds__(32, 1) diverge_kernel(float* y, const float* x, bool meets) {
  const int lane = lane_of_thread();
  const int first = lane % 2;  // odd lanes sit the first round out
  float sum = 0;
  for (int round = 0; round < 3; ++round) {
    if (meets) __syncwarp();
    if (round >= first) sum += x[round * 32 + lane];
  }
  y[lane] = sum;
}

__global__ void __launch_bounds__(32, 1)
    read_again_kernel(float* y, const float* rows, const float* shared, int count, int times) {
  const int lane = lane_of_thread();
  const float* row = rows + blockIdx.x * 1024;
  float sum = 0;
  for (int i = lane; i < count; i += 32) sum += shared[i];
  for (int time = 0; time < times; ++time)
    for (int i = lane; i < 1024; i += 32) sum += row[i];
  y[blockIdx.x * 32 + static_cast<unsigned>(lane)] = sum;
}

__global__ void __launch_bounds__(32, 1) share_words_kernel(float* y, int stride) {
  SHARED_ARRAY(float, words, 32 * 32);
  const int lane = lane_of_thread();
  words[lane * stride] = static_cast<float>(lane);
  __syncwarp();
  y[lane] = words[lane / 2 * stride];
}

__global__ void __launch_bounds__(32, 1) share_vectors_kernel(float* y, int stride) {
  SHARED_ARRAY(float, words, 32 * 4 * 8);
  const int lane = lane_of_thread();
  const Vector<float, 4> vector = {{1, 2, 3, 4}};
  store_vector<float, 4>(words + lane * stride * 4, vector);
  __syncwarp();
  store_vector<float, 4>(y + lane * 4, load_vector<float, 4>(words + lane * stride * 4));
}

// A tile as it would be without a swizzle.
struct PlainTile {
  BFloat16* data;
  __device__ void copy(const BFloat16* x) const {
    for (int i = lane_of_thread(); i < 64 * 64 / 8; i += 32)
      ptx::cp_async<16>(ptx::shared_address(data + i * 8), x + i * 8);
  }
  __device__ void load_a(int row, int column, uint32_t (&a)[4]) const {
    const int lane = lane_of_thread();
    ptx::ldmatrix_x4(a, ptx::shared_address(data + (row + lane % 16) * 64 + column + lane / 16 * 8));
  }
};

__global__ void __launch_bounds__(32, 1) share_tile_kernel(uint32_t* y, const BFloat16* x, bool is_swizzled) {
  SHARED_ARRAY(BFloat16, data, 64 * 64);
  const Tile<BFloat16, 64, 64> tile(data);
  const PlainTile plain{data};
  if (is_swizzled)
    tile.copy_async<32>(x, 64, 64, 64);
  else
    plain.copy(x);
  ptx::cp_async_commit();
  ptx::cp_async_wait<0>();
  __syncwarp();
  uint32_t a[4];
  if (is_swizzled)
    tile.load_a(16, 32, a);
  else
    plain.load_a(16, 32, a);
  y[lane_of_thread()] = a[0] + a[1] + a[2] + a[3];
}

// At addresses that begin a sector.
template <class T>
struct Buffer {
  explicit Buffer(size_t count) : bytes(count * sizeof(T) + 32) {}
  T* data() { return reinterpret_cast<T*>((reinterpret_cast<uintptr_t>(bytes.data()) + 31) / 32 * 32); }
  std::vector<char> bytes;
};

template <class Launch>
emulation::Traffic traffic_of(Launch&& launch) {
  emulation::count_traffic(true);
  static_cast<void>(launch());
  const emulation::Traffic traffic = emulation::traffic().at(0);
  emulation::count_traffic(false);
  return traffic;
}

}  // namespace

emulation::Traffic copy_words(int stride) {
  Buffer<float> x(128 * static_cast<size_t>(stride)), y(128);
  return traffic_of([&] { return launch(nullptr, 2, 64, 0, copy_words_kernel, y.data(), x.data(), stride); });
}

emulation::Traffic copy_vectors(int stride) {
  Buffer<float> x(128 * static_cast<size_t>(stride)), y(128 * static_cast<size_t>(stride));
  return traffic_of([&] { return launch(nullptr, 1, 32, 0, copy_vectors_kernel, y.data(), x.data(), stride); });
}

emulation::Traffic diverge(bool meets) {
  Buffer<float> x(96), y(32);
  return traffic_of([&] { return launch(nullptr, 1, 32, 0, diverge_kernel, y.data(), x.data(), meets); });
}

emulation::Traffic read_again(int shared, int times) {
  Buffer<float> rows(4096), parameters(static_cast<size_t>(shared)), y(128);
  return traffic_of([&] {
    return launch(nullptr, 4, 32, 0, read_again_kernel, y.data(), rows.data(), parameters.data(), shared, times);
  });
}

emulation::Traffic share_words(int stride) {
  Buffer<float> y(32);
  return traffic_of([&] { return launch(nullptr, 1, 32, 0, share_words_kernel, y.data(), stride); });
}

emulation::Traffic share_vectors(int stride) {
  Buffer<float> y(128);
  return traffic_of([&] { return launch(nullptr, 1, 32, 0, share_vectors_kernel, y.data(), stride); });
}

emulation::Traffic share_tile(bool is_swizzled) {
  Buffer<BFloat16> x(64 * 64);
  Buffer<uint32_t> y(32);
  return traffic_of([&] { return launch(nullptr, 1, 32, 0, share_tile_kernel, y.data(), x.data(), is_swizzled); });
}

}  // namespace gridstride::test
