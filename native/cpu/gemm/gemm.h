// The blocked matrix product behind linear and matmul: C = finish(A B), A (m, k), B (k, n), batched twice.
#pragma once

#include <cstdint>

#include "kernels/common/activation.h"
#include "kernels/common/dtype.h"
#include "native/cpu/gemm/micro_kernel.h"
#include "native/cpu/isa.h"
#include "native/cpu/pool.h"

namespace gridstride::cpu {

struct GemmOperand {
  const void* data;
  int64_t row, col, outer, inner;  // strides in elements
  DType dtype;                     // f32, bf16 or f16
};

// z = alpha * sum + bias; pre_activation = z; C = act(z) + residual. Pointers may be null, all are of dtype.
struct GemmOutput {
  void* data;
  const void* bias;
  const void* residual;
  void* pre_activation;
  int64_t row, outer, inner;  // strides of C in elements; its columns are contiguous
  int64_t residual_row, pre_activation_row;
  float alpha;
  Activation activation;
  DType dtype;
};

struct Gemm {
  GemmOperand a, b;
  GemmOutput c;
  int64_t outer, inner, m, n, k;
  const MicroKernel* bf16;  // of the running set, null where it has none: operands in bf16 are then converted to f32
  bool b_is_packed;         // b.data are the kernel's panels, see weights.h
};

}  // namespace gridstride::cpu

// gemm_workspace: bytes of scratch that gemm needs, 64-byte aligned. The result's bits depend on shapes and set alone.
// float_kernel: the kernel of f32, to which operands of all types are converted that no other takes.
GS_PER_ISA(const MicroKernel& float_kernel(); int64_t gemm_workspace(const Gemm& problem, int threads);
           void gemm(const Gemm& problem, Pool& pool, void* workspace);)
