#include "kernels/gemm/linear_int8.cuh"
#include "native/cuda/dispatch.h"
#include "native/cuda/gemm/gemm.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

namespace {

int64_t rounded(int64_t bytes) { return (bytes + 255) / 256 * 256; }

// The epilogue of the product, and its left operand in pairs of bytes.
GemmArgs product_of(const LinearInt8ForwardArgs& args, const Int8Rows& rows) {
  GemmArgs gemm{};
  gemm.a = {rows.integers, int8_depth(args.k) / 2, 1, 0, 0};
  gemm.m = args.m, gemm.n = args.n, gemm.k = args.k;
  gemm.outer = gemm.inner = 1;
  gemm.to.c = args.y, gemm.to.stride = args.y_stride;
  gemm.to.bias = args.bias;
  gemm.to.residual = args.residual, gemm.to.residual_stride = args.residual_stride;
  gemm.to.alpha = 1.0f;
  gemm.to.activation = args.activation;
  gemm.to.dtype = args.dtype;
  return gemm;
}

template <class T>
void forward(const LinearInt8ForwardArgs& args, Run& run) {
  const int64_t integers = rounded(args.m * int8_depth(args.k)), words = rounded(args.m * 4);
  auto* scratch = static_cast<int8_t*>(run.workspace(integers + 2 * words));
  const Int8Rows rows{scratch, reinterpret_cast<float*>(scratch + integers),
                      reinterpret_cast<int32_t*>(scratch + integers + words)};
  const bool vectors = are_aligned(args.x) && args.k % kInt8Group == 0 &&
                       (args.m <= 1 || args.x_stride * dtype_size(args.dtype) % 16 == 0);
  check_launch("linear_int8_forward",
               launch(run.stream, blocks_for(args.m, kInt8Warps), kInt8Warps * kWarpSize, 0,
                      vectors ? linear_int8_quantize_rows<T, true> : linear_int8_quantize_rows<T, false>, args, rows));
  const GemmArgs gemm = product_of(args, rows);
  GemmLaunch part{};
  part.vectors = stores_vectors(gemm, args.dtype);
  const unsigned tiles = blocks_for(args.m, Int8Tile::kM) * blocks_for(args.n, Int8Tile::kN);
  const size_t shared = SharedSize()
                            .add<BFloat16>(Int8Tile::kStages * Int8Tile::kStageA)
                            .add<uint32_t>(Int8Tile::kStages * Int8Tile::kStageB)
                            .bytes();
  check_launch("linear_int8_forward",
               launch(run.stream, tiles, Int8Tile::kThreads, shared, linear_int8_mma<T>, args, rows, gemm, part));
}

}  // namespace

void linear_int8_quantize(const LinearInt8QuantizeArgs& args, Run& run) {
  with_floating("linear_int8", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (args.n == 0) return;
    check_launch("linear_int8_quantize", launch(run.stream, blocks_for(int8_blocks(args.n) * kInt8Columns, kInt8Warps),
                                                kInt8Warps * kWarpSize, 0, linear_int8_quantize_weights<T>, args));
  });
}

void linear_int8_forward(const LinearInt8ForwardArgs& args, Run& run) {
  with_floating("linear_int8", args.dtype, [&](auto tag) {
    if (args.m > 0 && args.n > 0) forward<typename decltype(tag)::type>(args, run);
  });
}

}  // namespace gridstride::cuda
