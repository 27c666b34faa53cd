#include "kernels/reduce/reduce.h"

#include "native/cpu/reduce/shape.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

namespace gridstride::cpu {

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

}  // namespace gridstride::cpu
