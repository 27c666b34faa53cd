// The GEMM every pass shares: from a product to a kernel instance, its tile, its splits of the depth and its launches.
#pragma once

#include "kernels/gemm/gemm_args.cuh"
#include "kernels/gemm/matmul.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

enum class GemmTile { small, medium, large };  // f32 has no medium one

struct GemmPlan {
  GemmTile tile;
  int splits;
  bool whole_copies;  // bf16 and f16: both operands move 16 bytes at a time
};

// What runs fastest by a model of the device: GemmTile's costs and the multiprocessors to fill. `dtype` is the
// operands'. The sums' order, so the result's bits, depend on the plan.
GemmPlan plan_gemm(const GemmArgs& args, DType dtype, int multiprocessors);

// Bytes of scratch for a plan's partial sums.
int64_t gemm_scratch_bytes(const GemmArgs& args, const GemmPlan& plan);

// Launches at most `batches` products at once (grids end at 65535 in z).
void launch_gemm(const char* op, const GemmArgs& args, DType dtype, const GemmPlan& plan, void* scratch, Run& run,
                 int64_t batches = 65535);

// Whether the epilogue's arrays, `dtype` unless it says otherwise, take 16-byte accesses.
bool stores_vectors(const GemmArgs& args, DType dtype);

// A matmul as the GEMM takes it.
GemmArgs gemm_of(const MatmulForwardArgs& args);

// All of it, with the scratch from the run.
void run_gemm(const char* op, const GemmArgs& args, DType dtype, Run& run);

}  // namespace gridstride::cuda
