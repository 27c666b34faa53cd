#include "kernels/reduce/top_k.h"

#include <algorithm>
#include <numeric>

#include "native/cpu/run.h"
#include "native/cpu/storage.h"

namespace gridstride::cpu {

namespace {

// A total order: NaN above everything, then the value, then the index.
template <class T>
struct Before {
  const T* row;
  bool smallest;

  bool operator()(int64_t a, int64_t b) const {
    const auto x = widen(row[a]), y = widen(row[b]);
    if (x != x || y != y) {
      if (x != x && y != y) return a < b;
      return (x != x) != smallest;
    }
    if (x != y) return smallest ? x < y : x > y;
    return a < b;
  }
};

}  // namespace

void top_k(const TopKArgs& args, Run& run) {
  if (args.k == 0) return;
  int64_t* indices = static_cast<int64_t*>(run.workspace(run.pool.size() * args.columns * 8));
  with_any(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.ranges(
        args.rows, std::max<int64_t>(1, 2048 / std::max<int64_t>(1, args.columns)),
        [&](int64_t begin, int64_t end, int thread) {
          int64_t* order = indices + thread * args.columns;
          for (int64_t r = begin; r < end; ++r) {
            const T* row = static_cast<const T*>(args.x) + r * args.x_stride;
            std::iota(order, order + args.columns, int64_t{0});
            std::partial_sort(order, order + args.k, order + args.columns, Before<T>{row, args.smallest != 0});
            for (int64_t i = 0; i < args.k; ++i) {
              static_cast<T*>(args.values)[r * args.k + i] = row[order[i]];
              static_cast<int64_t*>(args.indices)[r * args.k + i] = order[i];
            }
          }
        });
  });
}

}  // namespace gridstride::cpu
