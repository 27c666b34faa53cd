// A call of the 8-bit linear layer, for the tests of the CPU's kernels and of CUDA's.
#pragma once

#include "kernels/gemm/linear_int8.h"
#include "test/native/kernel_compare.h"

namespace gridstride {
namespace cpu {
void linear_int8_quantize(const LinearInt8QuantizeArgs& args, Run& run);
void linear_int8_forward(const LinearInt8ForwardArgs& args, Run& run);
}  // namespace cpu

namespace test {

struct Int8Case {
  int64_t m, n, k;
  Activation activation;
  DType dtype;
  bool bias = true, residual = true;
  int64_t gap = 8;  // between rows of strided arrays

  std::string name() const {
    return std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) + " act " +
           std::to_string(static_cast<int>(activation)) + " " + dtype_name(dtype) + " gap " + std::to_string(gap);
  }
  // The integers are the same everywhere, so only the epilogue's roundings differ.
  double units() const { return 2.1 + 64 * epsilon_of(DType::f32) / epsilon_of(dtype); }
};

struct Int8Packed {
  std::vector<uint8_t> bytes;
  std::vector<float> scales;
};

struct Int8Inputs {
  explicit Int8Inputs(const Int8Case& c)
      : x(c.dtype, c.m * (c.k + c.gap), 1),
        w(c.dtype, c.n * c.k, 2),
        bias(c.dtype, c.n, 3),
        residual(c.dtype, c.m * (c.n + c.gap), 4) {}
  Buffer x, w, bias, residual;
};

template <class Run>
Int8Packed quantize(const Int8Case& c, Int8Inputs& in, void (*launch)(const LinearInt8QuantizeArgs&, Run&), Run& run) {
  Int8Packed packed{std::vector<uint8_t>(static_cast<size_t>(int8_blocks(c.n) * int8_block_bytes(c.k)), 7),
                    std::vector<float>(static_cast<size_t>(int8_blocks(c.n) * kInt8Columns), 7)};
  launch({in.w.data(), packed.bytes.data(), packed.scales.data(), c.n, c.k, c.dtype}, run);
  return packed;
}

// The output starts as 7, which the gaps between rows keep.
template <class Run>
Outputs forward(const Int8Case& c, Int8Inputs& in, const Int8Packed& packed,
                void (*launch)(const LinearInt8ForwardArgs&, Run&), Run& run) {
  Outputs out = {Buffer(c.dtype, c.m * (c.n + c.gap), 0, 0, 7)};
  launch({in.x.data(), packed.bytes.data(), packed.scales.data(), c.bias ? in.bias.data() : nullptr,
          c.residual ? in.residual.data() : nullptr, out[0].data(), c.m, c.n, c.k, c.k + c.gap, c.n + c.gap,
          c.n + c.gap, c.activation, c.dtype},
         run);
  return out;
}

}  // namespace test
}  // namespace gridstride
