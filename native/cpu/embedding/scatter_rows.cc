#include "native/cpu/embedding/scatter_rows.h"

#include <algorithm>
#include <cstring>

GS_PER_ISA(void sum_rows(const RowSum& args);)

namespace gridstride::cpu {

namespace {

// Positions sorted by id, stably: those of id v are order[start[v] .. start[v + 1]).
struct Buckets {
  int32_t* start;  // (size + 1)
  int32_t* order;  // (count)
};

void sort_positions(const ScatterRows& args, const Buckets& buckets) {
  std::fill(buckets.start, buckets.start + args.size + 1, 0);
  const auto wanted = [&](int64_t id) { return id >= 0 && id < args.size && id != args.skip; };
  for (int64_t i = 0; i < args.count; ++i) {
    const int64_t id = index_at(args.ids, args.id_dtype, i);
    if (wanted(id)) ++buckets.start[id + 1];
  }
  for (int64_t v = 0; v < args.size; ++v) buckets.start[v + 1] += buckets.start[v];
  // Filling moves each start to its bucket's end; shifting by one puts them back.
  for (int64_t i = 0; i < args.count; ++i) {
    const int64_t id = index_at(args.ids, args.id_dtype, i);
    if (wanted(id)) buckets.order[buckets.start[id]++] = static_cast<int32_t>(i);
  }
  for (int64_t v = args.size; v > 0; --v) buckets.start[v] = buckets.start[v - 1];
  buckets.start[0] = 0;
}

template <class T>
void reference_sum(const RowSum& args) {
  const T* rows = static_cast<const T*>(args.rows);
  for (int64_t c = 0; c < args.inner; ++c) {
    double total = 0;
    for (int64_t k = 0; k < args.n; ++k) total += widen(rows[args.order[k] * args.inner + c]);
    if (args.sum_dtype == DType::f32)
      static_cast<float*>(args.sum)[c] = static_cast<float>(total);
    else
      static_cast<T*>(args.sum)[c] = narrow<T>(total);
  }
}

}  // namespace

void check_ids(const char* op, const void* ids, DType id_dtype, int64_t count, int64_t size, bool allow_missing) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t id = index_at(ids, id_dtype, i);
    if ((id >= 0 && id < size) || (allow_missing && id == -1)) continue;
    throw Error(
        ErrorCode::kData,
        std::string(op) + ": ids must lie in [0, " + std::to_string(size) + "), got " + std::to_string(id) +
            " at position " + std::to_string(i),
        {{"id", static_cast<double>(id)}, {"position", static_cast<double>(i)}, {"size", static_cast<double>(size)}});
  }
}

void scatter_rows(const ScatterRows& args, Run& run) {
  if (args.inner == 0) return;
  const int64_t ints = (args.size + 1 + args.count + 15) / 16 * 16;
  const int64_t scratch = run.pool.size() * args.inner;
  int32_t* block = static_cast<int32_t*>(run.workspace((ints + scratch) * 4));
  const Buckets buckets = {block, block + args.size + 1};
  sort_positions(args, buckets);
  const bool optimised = !run.is_reference() && is_vectorised(args.dtype);
  const int64_t row_bytes = args.inner * dtype_size(args.dtype), sum_bytes = args.inner * dtype_size(args.sum_dtype);
  const int64_t grain = std::max<int64_t>(1, 1048576 / std::max<int64_t>(1, args.inner));
  run.pool.ranges(args.outer * args.size, grain, [&](int64_t begin, int64_t end, int thread) {
    for (int64_t target = begin; target < end; ++target) {
      const int64_t v = target % args.size;
      // Most rows of a vocabulary are untouched: neighbours are cleared in one go.
      int64_t empty = 0;
      while (target + empty < end && v + empty < args.size && buckets.start[v + empty] == buckets.start[v + empty + 1])
        ++empty;
      if (empty > 0) {
        memset(static_cast<char*>(args.sums) + target * sum_bytes, 0, static_cast<size_t>(empty * sum_bytes));
        target += empty - 1;
        continue;
      }
      RowSum sum = {static_cast<const char*>(args.rows) + target / args.size * args.count * row_bytes,
                    buckets.order + buckets.start[v],
                    static_cast<char*>(args.sums) + target * sum_bytes,
                    reinterpret_cast<float*>(block + ints) + thread * args.inner,
                    buckets.start[v + 1] - buckets.start[v],
                    args.inner,
                    args.dtype,
                    args.sum_dtype};
      if (optimised)
        GS_DISPATCH(run.isa, sum_rows, sum);
      else
        with_floating("scatter", args.dtype, [&](auto tag) { reference_sum<typename decltype(tag)::type>(sum); });
    }
  });
}

}  // namespace gridstride::cpu
