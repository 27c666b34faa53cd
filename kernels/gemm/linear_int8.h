// Linear layer on 8-bit integers, for inference: y = act(x W^T + bias) + residual, rounded once to dtype.
//   weights      each output channel has a scale s = max |w| / 127; q = w / s to the nearest integer, half to even
//   activations  each row has a scale t = max |x| / 127; p likewise, anew at every call
//   sums         of p q over k in i32, exact, then times t s in f32
// A row or channel whose largest value is below kInt8Least is zeros; a row with a value that is not finite is NaN.
// Weights are kept as unsigned bytes q + 128, so that the products of unsigned by signed bytes that processors have can
// be used; 128 times the sum of a row's p is taken off again. They are packed as all those instructions read them:
// blocks of kInt8Columns channels, in them groups of kInt8Group of k, of each channel in turn: (n / 16, k / 4, 16, 4).
// What pads n to whole blocks and k to multiples of kInt8Depth is 128, a zero. Source: Dettmers, Lewis, Belkada,
// Zettlemoyer, "LLM.int8()" (arXiv 2208.07339), section 3.1: vector-wise quantisation.
#pragma once

#include <cstdint>

#include "kernels/common/activation.h"
#include "kernels/common/dtype.h"
#include "kernels/common/host_device.h"

namespace gridstride {

constexpr int kInt8Columns = 16, kInt8Group = 4, kInt8Depth = 64;
constexpr int kInt8Zero = 128, kInt8Largest = 127;
constexpr float kInt8Least = 0x1p-100f;
constexpr int64_t kInt8MaxDepth = 65536;  // 255 * 127 * 65,536 is below 2^31

GS_HOST_DEVICE constexpr int64_t int8_blocks(int64_t n) { return (n + kInt8Columns - 1) / kInt8Columns; }
GS_HOST_DEVICE constexpr int64_t int8_depth(int64_t k) { return (k + kInt8Depth - 1) / kInt8Depth * kInt8Depth; }
// Bytes of a block, and where in it channel j of the block and depth k stand.
GS_HOST_DEVICE constexpr int64_t int8_block_bytes(int64_t k) { return int8_depth(k) * kInt8Columns; }
GS_HOST_DEVICE constexpr int64_t int8_at(int64_t j, int64_t k) {
  return k / kInt8Group * (kInt8Columns * kInt8Group) + j * kInt8Group + k % kInt8Group;
}

struct LinearInt8QuantizeArgs {
  const void* w;  // (n, k), contiguous
  void* packed;   // (blocks, depth / 4, 16, 4) u8
  void* scales;   // (blocks * 16) f32, zero past n
  int64_t n, k;
  DType dtype;  // of w: f32, bf16, f16
};

struct LinearInt8ForwardArgs {
  const void* x;         // (m, k), rows x_stride apart
  const void* w;         // packed
  const void* scales;    // (blocks * 16) f32
  const void* bias;      // (n), or null
  const void* residual;  // (m, n), rows residual_stride apart, or null
  void* y;               // (m, n), rows y_stride apart
  int64_t m, n, k;
  int64_t x_stride, residual_stride, y_stride;
  Activation activation;
  DType dtype;  // of x, bias, residual, y: f32, bf16, f16
};

}  // namespace gridstride
