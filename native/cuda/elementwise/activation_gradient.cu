#include "native/cuda/elementwise/activation_gradient.h"

#include <algorithm>

#include "native/cuda/dispatch.h"

namespace gridstride::cuda {

namespace {

constexpr unsigned kColumnThreads = kColumnWarps * kWarpSize;
// Partial sums: few enough to add quickly, each of rows enough to be worth its blocks.
constexpr int64_t kMaxParts = 512, kMinRowsPerPart = 4 * kColumnWarps;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace

ActivationGradient::ActivationGradient(const ActivationGradientArgs& given, DType of, int multiprocessors)
    : args(given), dtype(of) {
  const int64_t length = 16 / dtype_size(dtype);
  vectors = are_aligned(args.dy, args.z, args.bias, args.dz) && args.n % length == 0 && args.dy_stride % length == 0 &&
            args.dz_stride % length == 0;
  columns_per_block = kWarpSize * (vectors ? length : 1);
  const int64_t wanted = std::clamp<int64_t>(
      4 * multiprocessors / std::max<int64_t>(ceil_div(args.n, columns_per_block), 1), 1, kMaxParts);
  args.rows_per_part = std::max(ceil_div(args.m, wanted), kMinRowsPerPart);
  parts = ceil_div(args.m, args.rows_per_part);
}

int64_t ActivationGradient::part_bytes() const { return (parts * args.n * 4 + 255) / 256 * 256; }

void ActivationGradient::start(const char* op, Run& run) const {
  if (parts == 0 || args.n == 0 || (!args.dz && !args.parts)) return;
  const dim3 grid(blocks_for(args.n, columns_per_block), static_cast<unsigned>(parts));
  with_floating(op, dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const auto kernel = vectors ? activation_gradient<T, kVectorLength<T>> : activation_gradient<T, 1>;
    check_launch(op, launch(run.stream, grid, kColumnThreads, 0, kernel, args));
  });
}

void ActivationGradient::sum_columns(const char* op, void* sums, DType sums_dtype, Run& run) const {
  if (args.n == 0) return;
  with_floating(op, sums_dtype, [&](auto tag) {
    using G = typename decltype(tag)::type;
    check_launch(op, launch(run.stream, blocks_for(args.n, kWarpSize), kColumnThreads, 0, sum_column_parts<G>,
                            args.parts, static_cast<int>(parts), args.n, static_cast<G*>(sums)));
  });
}

}  // namespace gridstride::cuda
