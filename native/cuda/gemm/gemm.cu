#include "native/cuda/gemm/gemm.h"

#include <algorithm>

#include "kernels/gemm/split_k.cuh"
#include "native/cuda/dispatch.h"
#include "native/cuda/gemm/instances.h"

namespace gridstride::cuda {

namespace {

// A tile with what it costs a multiprocessor, in cycles of an A100: a step along the depth (tensor cores or, where that
// is more, shared memory), and all that is no step: filling the ring and the epilogue.
struct TileCost {
  GemmTile tile;
  int64_t m, n, depth;
  double step, rest;
};
constexpr TileCost kMma[] = {{GemmTile::large, 128, 128, 32, 520, 4000},
                             {GemmTile::medium, 128, 64, 32, 300, 2800},
                             {GemmTile::small, 64, 64, 64, 400, 2000}};
constexpr TileCost kMmaAny[] = {{GemmTile::small, 64, 64, 64, 2500, 2000}};
constexpr TileCost kFfma[] = {{GemmTile::large, 128, 128, 8, 2200, 6000}, {GemmTile::small, 64, 64, 16, 1300, 2500}};
constexpr int kSplits[] = {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64};
constexpr double kSumSplits = 2500;   // starting the second kernel
constexpr double kPartialBytes = 32;  // that a multiprocessor moves in a cycle

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

const TileCost& cost_of(const GemmPlan& plan, DType dtype) {
  if (dtype == DType::f32) return kFfma[plan.tile == GemmTile::large ? 0 : 1];
  if (!plan.whole_copies) return kMmaAny[0];
  return kMma[plan.tile == GemmTile::large ? 0 : plan.tile == GemmTile::medium ? 1 : 2];
}

double cycles_of(const GemmArgs& args, const TileCost& tile, int64_t splits, int64_t multiprocessors) {
  const int64_t batches = args.outer * args.inner, steps = ceil_div(args.k, tile.depth);
  const int64_t blocks = ceil_div(args.m, tile.m) * ceil_div(args.n, tile.n) * batches * splits;
  const double cycles = static_cast<double>(ceil_div(blocks, multiprocessors)) *
                        (static_cast<double>(ceil_div(steps, splits)) * tile.step + tile.rest);
  if (splits == 1) return cycles;
  const double bytes = 8.0 * static_cast<double>(splits * batches) * static_cast<double>(args.m * args.n);
  return cycles + kSumSplits + bytes / (kPartialBytes * static_cast<double>(multiprocessors));
}

// Whether 16-byte copies along the outer index or along the depth read an operand: `across` elements lie between them.
bool copies_whole(const GemmArgs& args, const GemmOperand& x, int64_t along, int64_t along_stride, int64_t across,
                  int64_t across_stride) {
  return (along_stride == 1 || along <= 1) && (across_stride % 8 == 0 || across <= 1) && are_aligned(x.data) &&
         (x.batch_outer_stride % 8 == 0 || args.outer <= 1) && (x.batch_inner_stride % 8 == 0 || args.inner <= 1);
}
bool copies_depth(const GemmArgs& args, const GemmOperand& x, int64_t outer) {
  return copies_whole(args, x, args.k, x.depth_stride, outer, x.outer_stride);
}
bool copies_outer(const GemmArgs& args, const GemmOperand& x, int64_t outer) {
  return copies_whole(args, x, outer, x.outer_stride, args.k, x.depth_stride);
}

GemmInstance instance_of(const char* op, const GemmArgs& args, DType dtype, const GemmPlan& plan) {
  if (dtype == DType::f32) return ffma_instance(plan.tile, args.a.depth_stride != 1, args.b.depth_stride != 1);
  const bool a_outer = !copies_depth(args, args.a, args.m), b_outer = !copies_depth(args, args.b, args.n);
  GemmInstance instance{};
  with_floating(op, dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (!std::is_same_v<T, float>)
      instance = !plan.whole_copies ? mma_any_instance<T>()
                 : a_outer          ? mma_outer_instance<T>(plan.tile, b_outer)
                                    : mma_depth_instance<T>(plan.tile, b_outer);
  });
  return instance;
}

void sum_splits(const char* op, const GemmArgs& args, DType dtype, const GemmLaunch& part, int splits, Run& run) {
  with_floating(op, dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const int64_t runs = args.m * gemm_partial_columns(args.n) / kVectorLength<T>;
    const dim3 grid(blocks_for(runs, kSplitThreads), static_cast<unsigned>(args.outer * args.inner));
    check_launch(op, launch(run.stream, grid, kSplitThreads, 0, gemm_sum_splits<T>, args, part, splits));
  });
}

}  // namespace

bool stores_vectors(const GemmArgs& args, DType dtype) {
  const GemmEpilogue& to = args.to;
  const auto whole = [](int64_t stride, int64_t rows, DType type) {
    return rows <= 1 || stride * dtype_size(type) % 16 == 0;
  };
  return are_aligned(to.c, to.bias, to.residual, to.pre_activation) && whole(to.stride, args.m, to.dtype) &&
         whole(to.batch_outer_stride, args.outer, to.dtype) && whole(to.batch_inner_stride, args.inner, to.dtype) &&
         (!to.residual || whole(to.residual_stride, args.m, dtype)) &&
         (!to.pre_activation || whole(args.n, args.m, dtype));
}

GemmPlan plan_gemm(const GemmArgs& args, DType dtype, int multiprocessors) {
  const bool whole = (copies_depth(args, args.a, args.m) || copies_outer(args, args.a, args.m)) &&
                     (copies_depth(args, args.b, args.n) || copies_outer(args, args.b, args.n));
  GemmPlan best{GemmTile::small, 1, whole};
  double least = -1;
  const auto consider = [&](const TileCost& tile) {
    for (const int splits : kSplits) {
      if (splits > 1 && (splits > ceil_div(args.k, tile.depth) || args.outer * args.inner > 65535)) break;
      const double cycles = cycles_of(args, tile, splits, multiprocessors);
      if (least >= 0 && cycles >= least) continue;
      least = cycles;
      best.tile = tile.tile;
      best.splits = splits;
    }
  };
  if (dtype == DType::f32)
    for (const TileCost& tile : kFfma) consider(tile);
  else if (whole)
    for (const TileCost& tile : kMma) consider(tile);
  else
    consider(kMmaAny[0]);
  return best;
}

int64_t gemm_scratch_bytes(const GemmArgs& args, const GemmPlan& plan) {
  return plan.splits == 1 ? 0 : plan.splits * args.outer * args.inner * args.m * gemm_partial_columns(args.n) * 4;
}

void launch_gemm(const char* op, const GemmArgs& args, DType dtype, const GemmPlan& plan, void* scratch, Run& run,
                 int64_t batches) {
  const int64_t all = args.outer * args.inner;
  if (args.m == 0 || args.n == 0 || all == 0) return;
  const TileCost& tile = cost_of(plan, dtype);
  const int64_t steps = ceil_div(args.k, tile.depth);
  GemmLaunch part{};
  part.depth_per_split = std::max<int64_t>(ceil_div(steps, plan.splits), 1) * tile.depth;
  part.partials = plan.splits > 1 ? static_cast<float*>(scratch) : nullptr;
  part.vectors = stores_vectors(args, dtype);
  const GemmInstance instance = instance_of(op, args, dtype, plan);
  const unsigned tiles = blocks_for(args.m, tile.m) * blocks_for(args.n, tile.n);
  for (; part.first_batch < all; part.first_batch += batches) {
    const dim3 grid(tiles, static_cast<unsigned>(plan.splits),
                    static_cast<unsigned>(std::min(batches, all - part.first_batch)));
    check_launch(op, launch(run.stream, grid, instance.threads, instance.shared_bytes, instance.kernel, args, part));
  }
  part.first_batch = 0;
  if (plan.splits > 1) sum_splits(op, args, dtype, part, plan.splits, run);
}

void run_gemm(const char* op, const GemmArgs& args, DType dtype, Run& run) {
  const GemmPlan plan = plan_gemm(args, dtype, run.multiprocessors);
  const int64_t bytes = gemm_scratch_bytes(args, plan);
  launch_gemm(op, args, dtype, plan, bytes > 0 ? run.workspace(bytes) : nullptr, run);
}

}  // namespace gridstride::cuda
