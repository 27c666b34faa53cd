#include "kernels/reduce/reduce.h"
#include "native/cpu/reduce/shape.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

namespace gridstride::cpu {

namespace {

// One output's elements and their gradients.
template <class T>
struct ReducedGroup {
  const StridedLoop<2>& reduced;
  const T* x;
  T* dx;
  int64_t k;  // of the output

  double at(int64_t r) const { return widen(x[reduced.offset(0, r)]); }
  void set(int64_t r, T value) const { dx[reduced.offset(1, r)] = value; }
};

// body(ReducedGroup) for every output.
template <class T, class Body>
void each_group(const ReduceBackwardArgs& args, Pool& pool, Body&& body) {
  const ReduceShape& shape = args.shape;
  const StridedLoop<2> kept(shape.kept_rank, shape.kept_sizes, {shape.kept_strides, args.dx_kept_strides});
  const StridedLoop<2> reduced(shape.reduced_rank, shape.reduced_sizes,
                               {shape.reduced_strides, args.dx_reduced_strides});
  pool.ranges(kept.count(), kept_grain(reduced.count()), [&](int64_t begin, int64_t end, int) {
    for (int64_t k = begin; k < end; ++k)
      body(ReducedGroup<T>{reduced, static_cast<const T*>(args.x) + kept.offset(0, k),
                           static_cast<T*>(args.dx) + kept.offset(1, k), k});
  });
}

}  // namespace

void reduce_select_backward(const ReduceBackwardArgs& args, Run& run) {
  with_floating("reduce", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    each_group<T>(args, run.pool, [&](const ReducedGroup<T>& group) {
      const double y = widen(static_cast<const T*>(args.y)[group.k]);
      bool found = false;
      for (int64_t r = 0; r < group.reduced.count(); ++r) {
        const double value = group.at(r);
        const bool chosen = !found && (value == y || (value != value && y != y));
        group.set(r, chosen ? static_cast<const T*>(args.dy)[group.k] : narrow<T>(0));
        found |= chosen;
      }
    });
  });
}

void reduce_prod_backward(const ReduceBackwardArgs& args, Run& run) {
  with_floating("prod", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    each_group<T>(args, run.pool, [&](const ReducedGroup<T>& group) {
      double product = 1;  // of what is not zero
      int64_t zeros = 0;
      for (int64_t r = 0; r < group.reduced.count(); ++r) {
        const double value = group.at(r);
        if (value == 0)
          ++zeros;
        else
          product *= value;
      }
      const double whole = product * widen(static_cast<const T*>(args.dy)[group.k]);
      for (int64_t r = 0; r < group.reduced.count(); ++r) {
        const double value = group.at(r);
        group.set(r, narrow<T>(zeros == 0 ? whole / value : zeros == 1 && value == 0 ? whole : 0));
      }
    });
  });
}

}  // namespace gridstride::cpu
