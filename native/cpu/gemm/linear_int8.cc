#include "kernels/gemm/linear_int8.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/math/activation.h"
#include "native/cpu/gemm/int8/kernels.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void linear_int8_forward(const LinearInt8ForwardArgs&, const Int8Kernel*, Run&);)

namespace gridstride::cpu {

namespace {

// Integers of a row or channel, and what one of them stands for.
struct Quantised {
  float scale, inverse;
  int operator()(float x) const {
    const float limit = kInt8Largest;
    return inverse == 0 ? 0 : static_cast<int>(std::nearbyint(std::clamp(x * inverse, -limit, limit)));
  }
};

template <class T>
Quantised quantised(const T* x, int64_t count) {
  float largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    const float magnitude = std::fabs(to_float(x[i]));
    if (!(magnitude <= largest)) largest = magnitude;
    if (!std::isfinite(largest)) return {std::numeric_limits<float>::quiet_NaN(), 0};
  }
  if (largest < kInt8Least) return {0, 0};
  return {largest / kInt8Largest, kInt8Largest / largest};
}

template <class T>
void quantize_block(const LinearInt8QuantizeArgs& args, int64_t block) {
  uint8_t* packed = static_cast<uint8_t*>(args.packed) + block * int8_block_bytes(args.k);
  std::fill_n(packed, int8_block_bytes(args.k), static_cast<uint8_t>(kInt8Zero));
  for (int64_t j = 0; j < kInt8Columns; ++j) {
    const int64_t channel = block * kInt8Columns + j;
    float* scale = static_cast<float*>(args.scales) + channel;
    *scale = 0;
    if (channel >= args.n) continue;
    const T* w = static_cast<const T*>(args.w) + channel * args.k;
    const Quantised rule = quantised(w, args.k);
    *scale = rule.scale;
    for (int64_t k = 0; k < args.k; ++k) packed[int8_at(j, k)] = static_cast<uint8_t>(rule(to_float(w[k])) + kInt8Zero);
  }
}

template <class T>
void forward(const LinearInt8ForwardArgs& args, Run& run) {
  const int64_t k = args.k;
  auto* integers = static_cast<int8_t*>(run.workspace(args.m * k));
  run.pool.parallel(args.m, [&](int64_t i, int) {
    const T* x = static_cast<const T*>(args.x) + i * args.x_stride;
    const T* residual = static_cast<const T*>(args.residual) + (args.residual ? i * args.residual_stride : 0);
    T* y = static_cast<T*>(args.y) + i * args.y_stride;
    int8_t* p = integers + i * k;
    const Quantised rule = quantised(x, k);
    for (int64_t c = 0; c < k; ++c) p[c] = static_cast<int8_t>(rule(to_float(x[c])));
    for (int64_t j = 0; j < args.n; ++j) {
      const uint8_t* block = static_cast<const uint8_t*>(args.w) + j / kInt8Columns * int8_block_bytes(k);
      int64_t sum = 0;
      for (int64_t c = 0; c < k; ++c) sum += int64_t{p[c]} * (block[int8_at(j % kInt8Columns, c)] - kInt8Zero);
      const double scale = static_cast<double>(rule.scale) * static_cast<const float*>(args.scales)[j];
      const double z = static_cast<double>(sum) * scale + (args.bias ? widen(static_cast<const T*>(args.bias)[j]) : 0);
      y[j] = narrow<T>(activation_value(args.activation, z) + (residual ? widen(residual[j]) : 0));
    }
  });
}

template <class Body>
void with_quantisable(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::f32:
      return body(Tag<float>{});
    case DType::bf16:
      return body(Tag<BFloat16>{});
    case DType::f16:
      return body(Tag<Float16>{});
    default:
      throw_dtype("linear_int8", "dtype must be f32, bf16 or f16", dtype);
  }
}

}  // namespace

void linear_int8_quantize(const LinearInt8QuantizeArgs& args, Run& run) {
  with_quantisable(args.dtype, [&](auto tag) {
    run.pool.parallel(int8_blocks(args.n),
                      [&](int64_t block, int) { quantize_block<typename decltype(tag)::type>(args, block); });
  });
}

void linear_int8_forward(const LinearInt8ForwardArgs& args, Run& run) {
  with_quantisable(args.dtype, [&](auto tag) {
    if (run.is_reference()) return forward<typename decltype(tag)::type>(args, run);
    const Int8Kernel* kernel = int8_kernel(run.dot, run.is_plain);
    GS_DISPATCH(run.isa, linear_int8_forward, args, kernel, run);
  });
}

}  // namespace gridstride::cpu
