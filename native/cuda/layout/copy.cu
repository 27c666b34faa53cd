#include "kernels/layout/copy.cuh"

#include "native/cuda/run.h"
#include "native/cuda/strided.h"

namespace gridstride::cuda {

namespace {

// Matrices with a shorter side gain nothing from tiles.
constexpr int64_t kLeastSide = 8;

// The dimension along which x has stride 1 while y has it along the innermost; 0: there is none worth tiles.
int crossed_dimension(const StridedPlan<2>& plan) {
  const bool crossed = plan.stride(1, 0) == 1 && plan.stride(0, 0) != 1 && plan.stride(0, 0) != 0;
  if (!crossed || plan.size(0) < kLeastSide) return 0;
  for (int d = 1; d < plan.rank(); ++d)
    if (plan.stride(0, d) == 1 && plan.size(d) >= kLeastSide) return d;
  return 0;
}

// Whether `pack` neighbours of both sides move as 4 bytes.
template <class T>
bool has_packs(const CopyTiles& shape, int pack, const T* x, const T* y) {
  int64_t strides = shape.rows | shape.columns | shape.x_step | shape.y_step;
  for (int d = 0; d < shape.planes.rank; ++d) strides |= shape.planes.strides[0][d] | shape.planes.strides[1][d];
  return strides % pack == 0 && (reinterpret_cast<uintptr_t>(x) | reinterpret_cast<uintptr_t>(y)) % 4 == 0;
}

template <class T>
void copy_by_tiles(const CopyArgs& args, StridedPlan<2> plan, int crossed, Run& run) {
  constexpr int kPack = sizeof(T) < 4 ? 4 / static_cast<int>(sizeof(T)) : 1;
  const T* x = static_cast<const T*>(args.x);
  T* y = static_cast<T*>(args.y);
  CopyTiles shape{};
  shape.rows = plan.size(crossed);
  shape.columns = plan.size(0);
  shape.x_step = plan.stride(0, 0);
  shape.y_step = plan.stride(1, crossed);
  shape.tiles_down = blocks_for(shape.rows, kCopySide<T>);
  shape.tiles = shape.tiles_down * blocks_for(shape.columns, kCopySide<T>);
  plan.remove(crossed);
  plan.remove(0);
  shape.planes = plan.runs(1);
  const auto kernel = has_packs(shape, kPack, x, y) ? copy_tiles<T, kPack> : copy_tiles<T, 1>;
  check_launch("copy", launch(run.stream, shape.planes.runs * shape.tiles, kElementThreads, 0, kernel, shape, x, y));
}

}  // namespace

void copy(const CopyArgs& args, Run& run) {
  const StridedPlan<2> plan(args.rank, args.sizes, {args.x_strides, args.y_strides});
  with_width(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const int crossed = plan.count() > 0 ? crossed_dimension(plan) : 0;
    if (crossed > 0) return copy_by_tiles<T>(args, plan, crossed, run);
    constexpr int kLength = kVectorLength<T>;
    const bool vectors = plan.has_vectors(kLength, {{{args.x, sizeof(T)}, {args.y, sizeof(T)}}});
    const auto kernel = vectors ? copy_runs<T, kLength> : copy_runs<T, 1>;
    plan.parts(vectors ? kLength : 1, [&](const StridedRuns<2>& part, const StridedPlan<2>::Offsets& at) {
      check_launch("copy", launch(run.stream, grid_for(part.runs), kElementThreads, 0, kernel, part,
                                  static_cast<const T*>(args.x) + at[0], static_cast<T*>(args.y) + at[1]));
    });
  });
}

}  // namespace gridstride::cuda
