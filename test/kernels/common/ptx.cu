#include "test/kernels/common/ptx.h"

#include "kernels/common/device.cuh"
#include "kernels/math/philox.h"

namespace gridstride::test {

namespace {

template <int kMatrices, bool kTransposed>
__global__ void __launch_bounds__(32, 1) ldmatrix_kernel(uint32_t* registers, const uint32_t* tile) {
  DYN_SHARED(shared);
  uint32_t* rows = shared.take<uint32_t>(32 * kMatrices);
  const int lane = lane_of_thread();
  for (int i = 0; i < kMatrices; ++i) rows[i * 32 + lane] = tile[i * 32 + lane];
  __syncwarp();
  uint32_t r[kMatrices];
  const uint32_t row = ptx::shared_address(rows + lane % (8 * kMatrices) * 4);
  if constexpr (kMatrices == 1 && kTransposed) ptx::ldmatrix_x1_trans(r, row);
  if constexpr (kMatrices == 2 && kTransposed) ptx::ldmatrix_x2_trans(r, row);
  if constexpr (kMatrices == 4 && kTransposed) ptx::ldmatrix_x4_trans(r, row);
  if constexpr (kMatrices == 1 && !kTransposed) ptx::ldmatrix_x1(r, row);
  if constexpr (kMatrices == 2 && !kTransposed) ptx::ldmatrix_x2(r, row);
  if constexpr (kMatrices == 4 && !kTransposed) ptx::ldmatrix_x4(r, row);
  for (int i = 0; i < kMatrices; ++i) registers[lane * kMatrices + i] = r[i];
}

// d += a b, one lane's registers of each; `multiply` is the wrapper.
template <class Sum, class Multiply>
__device__ void multiply_fragments(Sum* d, const uint32_t* a, const uint32_t* b, const Sum* c, Multiply multiply) {
  const int lane = lane_of_thread();
  uint32_t ra[4], rb[2];
  Sum rd[4];
  for (int i = 0; i < 4; ++i) ra[i] = a[lane * 4 + i];
  for (int i = 0; i < 2; ++i) rb[i] = b[lane * 2 + i];
  for (int i = 0; i < 4; ++i) rd[i] = c[lane * 4 + i];
  multiply(rd, ra, rb);
  for (int i = 0; i < 4; ++i) d[lane * 4 + i] = rd[i];
}

template <Mma kKind>
__global__ void __launch_bounds__(32, 1) mma_kernel(float* d, const uint32_t* a, const uint32_t* b, const float* c) {
  multiply_fragments(d, a, b, c, [](float(&rd)[4], const uint32_t(&ra)[4], const uint32_t(&rb)[2]) {
    if constexpr (kKind == Mma::bf16) ptx::mma_m16n8k16_bf16(rd, ra, rb);
    if constexpr (kKind == Mma::f16) ptx::mma_m16n8k16_f16(rd, ra, rb);
    if constexpr (kKind == Mma::tf32) ptx::mma_m16n8k8_tf32(rd, ra, rb);
  });
}

__global__ void __launch_bounds__(32, 1)
    mma_bytes_kernel(int32_t* d, const uint32_t* a, const uint32_t* b, const int32_t* c) {
  multiply_fragments(d, a, b, c, [](int32_t(&rd)[4], const uint32_t(&ra)[4], const uint32_t(&rb)[2]) {
    ptx::mma_m16n8k32_s8_u8(rd, ra, rb);
  });
}

template <int kBytes>
__global__ void __launch_bounds__(32, 1) copy_kernel(unsigned char* y, const unsigned char* x, int valid) {
  DYN_SHARED(shared);
  unsigned char* row = shared.take<unsigned char>(32 * kBytes);
  const int at = lane_of_thread() * kBytes;
  ptx::cp_async<kBytes>(ptx::shared_address(row + at), x + at, valid);
  ptx::cp_async_commit();
  ptx::cp_async_wait<0>();
  for (int i = 0; i < kBytes; ++i) y[at + i] = row[at + i];
}

__global__ void __launch_bounds__(32, 1) copy_if_kernel(unsigned char* y, const unsigned char* x) {
  DYN_SHARED(shared);
  unsigned char* row = shared.take<unsigned char>(32 * 16);
  const int at = lane_of_thread() * 16;
  for (int i = 0; i < 16; ++i) row[at + i] = 0xff;
  ptx::cp_async_if(lane_of_thread() % 2 == 0, ptx::shared_address(row + at), x + at);
  ptx::cp_async_commit();
  ptx::cp_async_wait<0>();
  for (int i = 0; i < 16; ++i) y[at + i] = row[at + i];
}

__global__ void __launch_bounds__(64, 1) hand_over_kernel(uint32_t* y, int rounds) {
  DYN_SHARED(shared);
  uint32_t* row = shared.take<uint32_t>(32);
  const int lane = lane_of_thread();
  for (int r = 0; r < rounds; ++r) {
    if (threadIdx.x < 32) {
      row[lane] = static_cast<uint32_t>(32 * r + lane);
      ptx::bar_arrive(1, 64);
      ptx::bar_sync(2, 64);
    } else {
      ptx::bar_sync(1, 64);
      y[r * 32 + lane] = row[31 - lane];
      ptx::bar_arrive(2, 64);
    }
  }
}

__global__ void __launch_bounds__(32, 1) convert_kernel(Converted* y, const float* x, int count) {
  const int i = static_cast<int>(blockIdx.x) * 32 + lane_of_thread();
  if (i >= count) return;
  const uint16_t half = ptx::f32_to_f16(x[i]);
  y[i] = {ptx::f32_to_bf16(x[i]),      half,
          ptx::f16_to_f32(half),       ptx::pack_bf16x2(x[i], 1.0f),
          ptx::pack_f16x2(x[i], 1.0f), ptx::f32_to_tf32(x[i]),
          ptx::exp2_approx(x[i])};
}

__global__ void __launch_bounds__(128, 1) philox_kernel(uint32_t* y, uint64_t seed) {
  const uint64_t i = static_cast<uint64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  const Philox4 words = philox(seed, i);
  for (int k = 0; k < 4; ++k) y[4 * i + k] = words.word[k];
}

}  // namespace

Words load_matrices(int matrices, bool transposed, const Words& tile) {
  Words registers(static_cast<size_t>(32 * matrices));
  const auto run = [&](auto kernel) {
    static_cast<void>(launch(nullptr, 1, 32, SharedSize().add<uint32_t>(32 * matrices).bytes(), kernel,
                             registers.data(), tile.data()));
  };
  if (matrices == 1) run(transposed ? ldmatrix_kernel<1, true> : ldmatrix_kernel<1, false>);
  if (matrices == 2) run(transposed ? ldmatrix_kernel<2, true> : ldmatrix_kernel<2, false>);
  if (matrices == 4) run(transposed ? ldmatrix_kernel<4, true> : ldmatrix_kernel<4, false>);
  return registers;
}

std::vector<float> multiply(Mma kind, const Words& a, const Words& b, const std::vector<float>& c) {
  std::vector<float> d(128);
  const auto kernel = kind == Mma::bf16  ? mma_kernel<Mma::bf16>
                      : kind == Mma::f16 ? mma_kernel<Mma::f16>
                                         : mma_kernel<Mma::tf32>;
  static_cast<void>(launch(nullptr, 1, 32, 0, kernel, d.data(), a.data(), b.data(), c.data()));
  return d;
}

std::vector<int32_t> multiply_bytes(const Words& a, const Words& b, const std::vector<int32_t>& c) {
  std::vector<int32_t> d(128);
  static_cast<void>(launch(nullptr, 1, 32, 0, mma_bytes_kernel, d.data(), a.data(), b.data(), c.data()));
  return d;
}

std::vector<unsigned char> copy_async(int bytes, int valid, const std::vector<unsigned char>& source) {
  std::vector<unsigned char> y(static_cast<size_t>(32 * bytes));
  const auto kernel = bytes == 4 ? copy_kernel<4> : bytes == 8 ? copy_kernel<8> : copy_kernel<16>;
  static_cast<void>(launch(nullptr, 1, 32, SharedSize().add<unsigned char>(32 * bytes).bytes(), kernel, y.data(),
                           source.data(), valid));
  return y;
}

std::vector<unsigned char> copy_async_if(const std::vector<unsigned char>& source) {
  std::vector<unsigned char> y(32 * 16);
  static_cast<void>(launch(nullptr, 1, 32, SharedSize().add<unsigned char>(32 * 16).bytes(), copy_if_kernel, y.data(),
                           source.data()));
  return y;
}

Words hand_over(int rounds) {
  Words y(static_cast<size_t>(32 * rounds));
  static_cast<void>(launch(nullptr, 1, 64, SharedSize().add<uint32_t>(32).bytes(), hand_over_kernel, y.data(), rounds));
  return y;
}

std::vector<Converted> convert(const std::vector<float>& x) {
  std::vector<Converted> y(x.size());
  const auto count = static_cast<int>(x.size());
  static_cast<void>(
      launch(nullptr, static_cast<unsigned>((count + 31) / 32), 32, 0, convert_kernel, y.data(), x.data(), count));
  return y;
}

Words philox_words(uint64_t seed, int blocks, int threads) {
  Words y(static_cast<size_t>(blocks * threads * 4));
  static_cast<void>(
      launch(nullptr, static_cast<unsigned>(blocks), static_cast<unsigned>(threads), 0, philox_kernel, y.data(), seed));
  return y;
}

}  // namespace gridstride::test
