#include "native/cuda/scatter_rows.h"

#include "kernels/common/scatter_rows.cuh"
#include "kernels/elementwise/fill.h"
#include "native/cuda/sort.h"
#include "native/cuda/strided.h"

namespace gridstride::cuda {

void fill(const FillArgs& args, Run& run);

namespace {

// Rows of fewer elements are summed by one thread an element.
constexpr int64_t kLeastInner = 32;
constexpr int64_t kMostPieces = 1024;
constexpr int64_t kMostZeroBlocks = 1 << 20;

// Pieces short enough to fill the device, long enough that a run of one id has few parts.
uint32_t piece_of(int64_t count) {
  const int64_t share = (count + kMostPieces - 1) / kMostPieces;
  return static_cast<uint32_t>(std::min<int64_t>(kScatterPiece, std::max<int64_t>(32, (share + 31) / 32 * 32)));
}

template <class T, int kLength>
void by_pieces(const char* op, SortedRows rows, int64_t outer, Run& run) {
  rows.chunks = blocks_for(rows.inner, kScatterThreads * kLength);
  const unsigned pieces = static_cast<unsigned>(outer) * rows.pieces;
  check_launch(op, launch(run.stream, pieces * rows.chunks, kScatterThreads, 0, scatter_pieces<T, kLength>, rows));
  constexpr int kZeros = kLength > 1 ? 4 : 1;
  const int64_t sums = outer * rows.size;
  const auto zero_blocks = static_cast<unsigned>(
      std::min<int64_t>(kMostZeroBlocks, (sums + kScatterThreads / kWarpSize - 1) / (kScatterThreads / kWarpSize)));
  check_launch(op, launch(run.stream, zero_blocks, kScatterThreads, 0, scatter_zeros<kZeros>, rows, sums));
  constexpr int kFinish = kLength > 1 ? 4 : 1;
  const uint32_t chunks = blocks_for(rows.inner, kWarpSize * kFinish);
  check_launch(
      op, launch(run.stream, pieces * chunks, kScatterSlices * kWarpSize, 0, scatter_finish<kFinish>, rows, chunks));
}

template <class T>
void by_elements(const char* op, const SortedRows& rows, const ScatterRows& args, Run& run) {
  const int64_t sizes[] = {args.outer, args.size, args.inner}, id_strides[] = {0, 1, 0};
  const int64_t sum_strides[] = {args.size * args.inner, args.inner, 1};
  const int64_t row_strides[] = {args.count * args.inner, 0, 1};
  const StridedPlan<3> plan(3, sizes, {sum_strides, id_strides, row_strides}, -1);
  plan.parts(1, [&](const StridedRuns<3>& part, const StridedPlan<3>::Offsets& at) {
    check_launch(op, launch(run.stream, grid_for(part.runs), kElementThreads, 0, scatter_elements<T>, part, rows, at[0],
                            at[1], at[2]));
  });
}

void require_fewer(const char* op, const char* what, int64_t count) {
  if (count < int64_t{1} << 31) return;
  throw Error(ErrorCode::kShape,
              std::string(op) + ": " + what + " must be fewer than 2^31 on cuda, got " + std::to_string(count));
}

}  // namespace

void clear(void* y, int64_t count, DType dtype, Run& run) { fill({y, {count}, {1}, 0, 1, dtype}, run); }

void scatter_rows(const char* op, const ScatterRows& args, Run& run) {
  if (args.outer == 0 || args.size == 0 || args.inner == 0) return;
  require_fewer(op, "rows", args.size);
  require_fewer(op, "ids", args.count);
  const bool wide = args.inner >= kLeastInner;
  if (args.count == 0) return clear(args.sums, args.outer * args.size * args.inner, args.sum_dtype, run);
  SortedRows rows{};
  rows.piece = piece_of(args.count);
  rows.pieces = blocks_for(args.count, rows.piece);
  const int64_t bytes = KeySort::bytes(args.count);
  char* memory = static_cast<char*>(run.workspace(bytes + (wide ? args.outer * rows.pieces * 2 * args.inner * 4 : 0)));
  KeySort sort(op, memory, args.count, run);
  check_launch(op, launch(run.stream, grid_for(args.count), kElementThreads, 0, scatter_keys, args.ids, args.id_dtype,
                          args.count, args.size, args.skip, sort.keys()));
  sort.sort(static_cast<uint32_t>(args.size));
  rows.rows = args.rows;
  rows.sums = args.sums;
  rows.parts = reinterpret_cast<float*>(memory + bytes);
  rows.keys = sort.keys();
  rows.order = sort.positions();
  rows.inner = args.inner;
  rows.size = static_cast<uint32_t>(args.size);
  rows.count = static_cast<uint32_t>(args.count);
  rows.sum_dtype = args.sum_dtype;
  with_floating(op, args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    constexpr int kLength = kVectorLength<T>;
    if (!wide) return by_elements<T>(op, rows, args, run);
    if (args.inner % kLength == 0 && are_aligned(args.rows, args.sums))
      by_pieces<T, kLength>(op, rows, args.outer, run);
    else
      by_pieces<T, 1>(op, rows, args.outer, run);
  });
}

}  // namespace gridstride::cuda
