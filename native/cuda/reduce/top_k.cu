#include "kernels/reduce/top_k.cuh"

#include "native/cuda/elements.h"
#include "native/cuda/run.h"
#include "native/cuda/sort.h"

namespace gridstride::cuda {

namespace {

constexpr int64_t kMostPositions = int64_t{1} << 30;  // sorted at once

template <class T>
void sort_rows(const TopKArgs& args, int64_t first_row, int64_t rows, void* memory, Run& run) {
  const int64_t count = rows * args.columns;
  KeySort sort("top_k", memory, count, run);
  const auto sort_by = [&](TopKWord word, uint32_t largest) {
    check_launch("top_k", launch(run.stream, grid_for(count), kElementThreads, 0, top_k_keys<T>, args, first_row, count,
                                 word, sort.positions(), sort.keys()));
    sort.sort(largest);
  };
  sort_by(TopKWord::low, ~0u);
  // The high word of floating keys is the same everywhere.
  if (std::is_integral_v<T>) sort_by(TopKWord::high, ~0u);
  if (rows > 1) sort_by(TopKWord::row, static_cast<uint32_t>(rows - 1));
  check_launch("top_k", launch(run.stream, grid_for(rows * args.k), kElementThreads, 0, top_k_take<T>, args, first_row,
                               rows, sort.positions()));
}

template <class T>
void by_sorting(const TopKArgs& args, Run& run) {
  if (args.columns >= int64_t{1} << 31)
    throw Error(ErrorCode::kShape,
                "top_k: columns must be fewer than 2^31 for k above 16 on cuda, got " + std::to_string(args.columns));
  const int64_t group = std::min(args.rows, std::max<int64_t>(1, kMostPositions / args.columns));
  void* memory = run.workspace(KeySort::bytes(group * args.columns));
  for (int64_t row = 0; row < args.rows; row += group)
    sort_rows<T>(args, row, std::min(group, args.rows - row), memory, run);
}

template <class T>
void top_k_of(const TopKArgs& args, Run& run) {
  if (args.k > kTopKSelect && args.columns > kTopKRank) return by_sorting<T>(args, run);
  const auto kernel = args.k <= kTopKSelect ? top_k_select<T> : top_k_rank<T>;
  check_launch("top_k", launch(run.stream, static_cast<unsigned>(args.rows), kElementThreads, 0, kernel, args));
}

}  // namespace

void top_k(const TopKArgs& args, Run& run) {
  if (args.rows == 0 || args.k == 0) return;
  // A boolean orders as its byte does.
  if (args.dtype == DType::boolean) return top_k_of<uint8_t>(args, run);
  with_any("top_k", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (!std::is_same_v<T, Boolean>) top_k_of<T>(args, run);
  });
}

}  // namespace gridstride::cuda
