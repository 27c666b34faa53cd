// Chooses mapping, vectors and chunks of a reduction (kernels/reduce/reduce.cuh) and launches it.
#pragma once

#include <functional>
#include <utility>

#include "kernels/reduce/reduce.cuh"
#include "native/cuda/run.h"
#include "native/cuda/strided.h"

namespace gridstride::cuda {

struct ReducePlan {
  // `positions`: whether the place of an element among the reduced ones matters; else they may be walked in any order.
  ReducePlan(const ReduceShape& shape, bool positions)
      : kept(plan_of(shape.kept_rank, shape.kept_sizes, shape.kept_strides, true)),
        reduced(plan_of(shape.reduced_rank, shape.reduced_sizes, shape.reduced_strides, positions)) {}

  StridedPlan<2> kept, reduced;

 private:
  static StridedPlan<2> plan_of(int rank, const int64_t* sizes, const int64_t* strides, bool counts) {
    int64_t positions[kMaxRank] = {}, step = counts ? 1 : 0;
    for (int d = rank - 1; d >= 0; --d) {
      positions[d] = step;
      step *= sizes[d];
    }
    return StridedPlan<2>(rank, sizes, {strides, positions}, 0);
  }
};

inline void require_elements(const char* op, const ReducePlan& plan) {
  if (plan.reduced.count() > 0 || plan.kept.count() == 0) return;
  throw Error(ErrorCode::kShape, std::string(op) + ": must reduce at least one element, got none");
}

// Chunks that fill the device where `tasks` alone do not, none shorter than `least`.
inline int64_t chunks_for(int64_t tasks, int64_t runs, int64_t least) {
  constexpr int64_t kEnoughTasks = 1024;
  if (tasks >= kEnoughTasks / 2 || runs < 2 * least) return 1;
  return std::min((kEnoughTasks + tasks - 1) / tasks, runs / least);
}

// Whether rows of plan a move in vectors from wherever plan b's dimensions lead.
template <class T>
bool reduce_has_vectors(const StridedPlan<2>& a, const StridedPlan<2>& b, const void* x) {
  constexpr int64_t kLength = kVectorLength<T>;
  if (a.stride(0, 0) != 1 || (a.rank() > 1 && a.size(0) % kLength != 0) || !are_aligned(x)) return false;
  for (int d = 1; d < a.rank(); ++d)
    if (a.stride(0, d) % kLength != 0) return false;
  for (int d = 0; d < b.rank(); ++d)
    if (b.stride(0, d) % kLength != 0) return false;
  return true;
}

template <class T, class Fold>
class ReduceLauncher {
 public:
  using State = typename Fold::State;
  // `room` gives workspace of so many bytes (none: 0), before the fold is first used.
  ReduceLauncher(const char* op, const ReducePlan& plan, const void* x, const Fold& fold, Run& run,
                 std::function<void*(int64_t)> room)
      : op_(op), plan_(plan), x_(static_cast<const T*>(x)), fold_(fold), run_(run), room_(std::move(room)) {}
  ReduceLauncher(const char* op, const ReducePlan& plan, const void* x, const Fold& fold, Run& run)
      : ReduceLauncher(op, plan, x, fold, run,
                       [&run](int64_t bytes) { return bytes > 0 ? run.workspace(bytes) : nullptr; }) {}

  // kVector: elements of a vector, 1 for none.
  template <int kVector>
  void start() const {
    const StridedPlan<2>&kept = plan_.kept, &reduced = plan_.reduced;
    if (kept.count() == 0) return;
    constexpr int64_t kFew = 32;
    const bool neighbours = kept.stride(0, 0) == 1 && reduced.stride(0, 0) != 1 && kept.size(0) > 1;
    const bool across = neighbours || (reduced.count() < kFew && kept.count() > 1);
    const bool vectors =
        kVector > 1 && (across ? reduce_has_vectors<T>(kept, reduced, x_) : reduce_has_vectors<T>(reduced, kept, x_));
    ReduceWalk walk = walk_of(across ? 1 : vectors ? kVector : 1);
    if (across)
      vectors ? start_across<kVector>(walk) : start_across<1>(walk);
    else
      vectors ? start_along<kVector>(walk) : start_along<1>(walk);
  }

 private:
  ReduceWalk walk_of(int length) const {
    const StridedPlan<2>& reduced = plan_.reduced;
    ReduceWalk walk{};
    walk.reduced = reduced.runs(length);
    walk.last = reduced.size(0);
    walk.reduced_runs = reduced.rank() == 1 ? (reduced.size(0) + length - 1) / length : reduced.count() / length;
    if (reduced.rank() > 1 && walk.reduced_runs >= int64_t{1} << 31)
      throw Error(ErrorCode::kShape, std::string(op_) + ": elements to reduce that are no single run must be fewer " +
                                         "than 2^31 on cuda, got " + std::to_string(walk.reduced_runs));
    walk.threads = walk.reduced_runs <= 8 * kWarpSize ? kWarpSize : kElementThreads;
    walk.slices = walk.reduced_runs < 64 ? 1 : 8;
    return walk;
  }

  State* parts_of(ReduceWalk& walk, int64_t chunks) const {
    walk.chunk = std::max<int64_t>(1, (walk.reduced_runs + chunks - 1) / chunks);
    walk.chunks = static_cast<uint32_t>(std::max<int64_t>(1, (walk.reduced_runs + walk.chunk - 1) / walk.chunk));
    const bool cut = walk.chunks > 1;
    void* memory = room_(cut ? plan_.kept.count() * walk.chunks * static_cast<int64_t>(sizeof(State)) : 0);
    return cut ? static_cast<State*>(memory) : nullptr;
  }

  template <int kLength>
  void start_along(ReduceWalk walk) const {
    const int64_t tasks = plan_.kept.count();
    State* parts = parts_of(walk, chunks_for(tasks, walk.reduced_runs, 4 * kElementThreads));
    plan_.kept.parts(1, [&](const StridedRuns<2>& part, const StridedPlan<2>::Offsets& at) {
      walk.kept = part;
      walk.first_output = at[1];
      const unsigned count = part.runs * walk.chunks;
      check_launch(op_, launch(run_.stream, walk.threads == kWarpSize ? blocks_for(count, kReduceWarps) : count,
                               kElementThreads, 0, reduce_along<T, kLength, Fold>, walk, x_ + at[0], fold_, parts));
    });
    finish(walk, parts);
  }

  template <int kLength>
  void start_across(ReduceWalk walk) const {
    const int64_t width = kElementThreads / walk.slices;
    const int64_t blocks = plan_.kept.count() / kLength / width + 1;
    State* parts = parts_of(walk, chunks_for(blocks, walk.reduced_runs, 128));
    plan_.kept.parts(kLength, [&](const StridedRuns<2>& part, const StridedPlan<2>::Offsets& at) {
      walk.kept = part;
      walk.first_output = at[1];
      check_launch(op_, launch(run_.stream, blocks_for(part.runs, width) * walk.chunks, kElementThreads, 0,
                               reduce_across<T, kLength, Fold>, walk, x_ + at[0], fold_, parts));
    });
    finish(walk, parts);
  }

  void finish(ReduceWalk walk, const State* parts) const {
    if (!parts) return;
    walk.kept = plan_.kept.runs(1);
    walk.first_output = 0;
    check_launch(op_, launch(run_.stream, blocks_for(walk.kept.runs, kReduceWarps), kElementThreads, 0,
                             reduce_finish<Fold>, walk, fold_, parts));
  }

  const char* op_;
  const ReducePlan& plan_;
  const T* x_;
  const Fold& fold_;
  Run& run_;
  std::function<void*(int64_t)> room_;
};

}  // namespace gridstride::cuda
