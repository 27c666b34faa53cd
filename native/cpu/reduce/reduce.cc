#include "kernels/reduce/reduce.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "native/cpu/reduce/shape.h"
#include "native/cpu/reduce/spans.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void reduce_run(const ReduceSpan& span);)
GS_PER_ISA(void reduce_row(const ReduceSpan& span);)

namespace gridstride::cpu {

namespace {

constexpr int64_t kRunChunk = 4096;  // reduced elements of one output, summed along them
constexpr int64_t kRowChunk = 256;   // reduced elements of kRowBlock outputs side by side
constexpr int64_t kRowBlock = 512;

template <class W>
W start_value(ReduceOp op) {
  using Limits = std::numeric_limits<W>;
  if (op == ReduceOp::max) return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  if (op == ReduceOp::min) return Limits::has_infinity ? Limits::infinity() : Limits::max();
  return op == ReduceOp::prod ? 1 : 0;
}

template <class W>
W fold(ReduceOp op, W value, W total) {
  if (op == ReduceOp::sum || op == ReduceOp::mean) return total + value;
  if constexpr (std::is_integral_v<W>)
    if (op == ReduceOp::prod) return static_cast<W>(static_cast<uint64_t>(total) * static_cast<uint64_t>(value));
  if (op == ReduceOp::prod) return total * value;
  const bool better = op == ReduceOp::max ? value > total : value < total;
  return better || value != value ? value : total;
}

template <class T>
void write(const ReduceArgs& args, int64_t k, Wide<T> total, int64_t reduced) {
  if (args.op == ReduceOp::mean)
    total = static_cast<Wide<T>>(static_cast<double>(total) / static_cast<double>(reduced));
  if (!kIsFloating<T> && (args.op == ReduceOp::sum || args.op == ReduceOp::prod))
    static_cast<int64_t*>(args.y)[k] = static_cast<int64_t>(total);
  else
    static_cast<T*>(args.y)[k] = narrow<T>(total);
}

template <class T>
void reference(const ReduceArgs& args, const ReducePlan& plan, Pool& pool) {
  const T* x = static_cast<const T*>(args.x);
  const int64_t grain = std::max<int64_t>(1, 4096 / std::max<int64_t>(1, plan.reduced.count()));
  pool.ranges(plan.kept.count(), grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t k = begin; k < end; ++k) {
      const T* from = x + plan.kept.offset(0, k);
      auto total = start_value<Wide<T>>(args.op);
      plan.reduced.pieces(0, plan.reduced.count(), [&](int64_t first, int64_t n) {
        const T* run = from + plan.reduced.offset(0, first);
        for (int64_t i = 0; i < n; ++i) total = fold(args.op, widen(run[i * plan.reduced.step(0)]), total);
      });
      write<T>(args, k, total, plan.reduced.count());
    }
  });
}

// Chunk totals, (kept, chunks) in f32.
struct Partials {
  float* totals;
  int64_t chunks, chunk;
};

// Along the reduced elements: one output and one chunk at a time.
template <class T>
void fold_runs(const ReduceArgs& args, const ReducePlan& plan, const Partials& partials, Run& run) {
  const int64_t length = std::max<int64_t>(1, std::min(plan.reduced.count(), partials.chunk));
  run.pool.ranges(plan.kept.count() * partials.chunks, std::max<int64_t>(1, 8192 / length),
                  [&](int64_t begin, int64_t end, int) {
                    for (int64_t task = begin; task < end; ++task) {
                      const int64_t first = task % partials.chunks * partials.chunk;
                      const T* from = static_cast<const T*>(args.x) + plan.kept.offset(0, task / partials.chunks);
                      float total = start_value<float>(args.op);
                      const int64_t last = std::min(plan.reduced.count(), first + partials.chunk);
                      plan.reduced.pieces(first, last, [&](int64_t at, int64_t n) {
                        const ReduceSpan span = {
                            from + plan.reduced.offset(0, at), n, plan.reduced.step(0), &total, args.op, args.dtype};
                        GS_DISPATCH(run.isa, reduce_run, span);
                      });
                      partials.totals[task] = total;
                    }
                  });
}

// Across the reduced elements: a block of neighbouring outputs and one chunk at a time.
template <class T>
void fold_rows(const ReduceArgs& args, const ReducePlan& plan, const Partials& partials, Run& run) {
  const int64_t row = plan.kept.size(plan.kept.rank() - 1);
  const int64_t blocks = (row + kRowBlock - 1) / kRowBlock;
  const int64_t rows = plan.kept.count() / row;
  run.pool.parallel(rows * blocks * partials.chunks, [&](int64_t task, int) {
    const int64_t chunk = task % partials.chunks, block = task / partials.chunks % blocks;
    const int64_t first = task / partials.chunks / blocks * row + block * kRowBlock;
    const int64_t n = std::min(kRowBlock, row - block * kRowBlock);
    const T* from = static_cast<const T*>(args.x) + plan.kept.offset(0, first);
    float totals[kRowBlock];
    std::fill(totals, totals + n, start_value<float>(args.op));
    const int64_t end = std::min(plan.reduced.count(), (chunk + 1) * partials.chunk);
    for (int64_t r = chunk * partials.chunk; r < end; ++r) {
      const ReduceSpan span = {from + plan.reduced.offset(0, r), n, 1, totals, args.op, args.dtype};
      GS_DISPATCH(run.isa, reduce_row, span);
    }
    for (int64_t i = 0; i < n; ++i) partials.totals[(first + i) * partials.chunks + chunk] = totals[i];
  });
}

template <class T>
void optimised(const ReduceArgs& args, const ReducePlan& plan, Run& run) {
  const bool across = plan.kept.step(0) == 1 && plan.reduced.step(0) != 1 && plan.kept.size(plan.kept.rank() - 1) > 1;
  Partials partials{};
  partials.chunk = across ? kRowChunk : kRunChunk;
  partials.chunks = std::max<int64_t>(1, (plan.reduced.count() + partials.chunk - 1) / partials.chunk);
  partials.totals = static_cast<float*>(run.workspace(plan.kept.count() * partials.chunks * 4));
  if (across)
    fold_rows<T>(args, plan, partials, run);
  else
    fold_runs<T>(args, plan, partials, run);
  run.pool.ranges(plan.kept.count(), 4096, [&](int64_t begin, int64_t end, int) {
    for (int64_t k = begin; k < end; ++k) {
      double total = start_value<double>(args.op);
      for (int64_t c = 0; c < partials.chunks; ++c)
        total = fold<double>(args.op, partials.totals[k * partials.chunks + c], total);
      write<T>(args, k, total, plan.reduced.count());
    }
  });
}

}  // namespace

void reduce(const ReduceArgs& args, Run& run) {
  const ReducePlan plan(args.shape);
  if (plan.kept.count() == 0) return;
  if (args.op == ReduceOp::max || args.op == ReduceOp::min) require_elements("reduce", plan);
  if (args.op == ReduceOp::mean && !is_floating(args.dtype)) throw_dtype("mean", "dtype must be floating", args.dtype);
  with_any(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (kIsFloating<T>) {
      if (!run.is_reference() && is_vectorised(args.dtype)) return optimised<T>(args, plan, run);
    }
    reference<T>(args, plan, run.pool);
  });
}

}  // namespace gridstride::cpu
