#include "kernels/reduce/reduce.h"

#include <algorithm>

#include "native/cpu/reduce/shape.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

namespace gridstride::cpu {

namespace {

// Rows of kept elements that make a task worth handing out.
int64_t kept_grain(int64_t reduced) { return std::max<int64_t>(1, 8192 / std::max<int64_t>(1, reduced)); }

}  // namespace

void arg_reduce(const ArgReduceArgs& args, Run& run) {
  const ReducePlan plan(args.shape);
  require_elements("arg_reduce", plan);
  const bool largest = args.op == ReduceOp::max;
  with_any(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.ranges(plan.kept.count(), kept_grain(plan.reduced.count()), [&](int64_t begin, int64_t end, int) {
      for (int64_t k = begin; k < end; ++k) {
        const T* from = static_cast<const T*>(args.x) + plan.kept.offset(0, k);
        auto best = widen(*from);
        int64_t where = 0;
        plan.reduced.pieces(0, plan.reduced.count(), [&](int64_t first, int64_t n) {
          const T* piece = from + plan.reduced.offset(0, first);
          for (int64_t i = 0; i < n && best == best; ++i) {
            const auto value = widen(piece[i * plan.reduced.step(0)]);
            if (!(largest ? value > best : value < best) && value == value) continue;
            best = value;
            where = first + i;
          }
        });
        static_cast<int64_t*>(args.y)[k] = where;
      }
    });
  });
}

void reduce_select_backward(const ReduceSelectBackwardArgs& args, Run& run) {
  const ReduceShape& shape = args.shape;
  const StridedLoop<2> kept(shape.kept_rank, shape.kept_sizes, {shape.kept_strides, args.dx_kept_strides});
  const StridedLoop<2> reduced(shape.reduced_rank, shape.reduced_sizes,
                               {shape.reduced_strides, args.dx_reduced_strides});
  with_floating("reduce", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.ranges(kept.count(), kept_grain(reduced.count()), [&](int64_t begin, int64_t end, int) {
      for (int64_t k = begin; k < end; ++k) {
        const T* x = static_cast<const T*>(args.x) + kept.offset(0, k);
        T* dx = static_cast<T*>(args.dx) + kept.offset(1, k);
        const double y = widen(static_cast<const T*>(args.y)[k]);
        bool found = false;
        for (int64_t r = 0; r < reduced.count(); ++r) {
          const double value = widen(x[reduced.offset(0, r)]);
          const bool chosen = !found && (value == y || (value != value && y != y));
          dx[reduced.offset(1, r)] = chosen ? static_cast<const T*>(args.dy)[k] : narrow<T>(0);
          found |= chosen;
        }
      }
    });
  });
}

}  // namespace gridstride::cpu
