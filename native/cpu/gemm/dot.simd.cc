#include "native/cpu/gemm/dot.h"

#include "native/cpu/gemm/dot_tile.h"
#include "native/cpu/gemm/finish.h"
#include "native/cpu/gemm/pack.h"

namespace gridstride::cpu::GS_ISA {

namespace {

constexpr int64_t kMaxRows = 16;
constexpr int64_t kTaskCols = 64;  // a whole number of kLanes

struct DotTask {
  const float* a;
  int64_t a_row, rows, b_row, depth;
  float* sums;  // (rows, kTaskCols)
};

// All rows of A against up to kLanes rows of B.
template <class T>
void dot_columns(const DotTask& task, const T* b, int64_t col, int64_t cols) {
  const auto run = [&](int64_t row, auto count) {
    constexpr int R = decltype(count)::value, kCols = kLanes / R;
    for (int64_t j = 0; j < cols; j += kCols) {
      const T* rows[kCols];  // past the last: the last again
      GS_UNROLL
      for (int c = 0; c < kCols; ++c) rows[c] = b + smaller(j + c, cols - 1) * task.b_row;
      float totals[kLanes];
      dot_tile<R>(task.a + row * task.a_row, task.a_row, rows, task.depth, totals, [](int, int64_t) {});
      float* sums = task.sums + row * kTaskCols + col + j;
      for (int i = 0; i < R; ++i)
        for (int c = 0; c < kCols && j + c < cols; ++c) sums[i * kTaskCols + c] = totals[i * kCols + c];
    }
  };
  int64_t row = 0;
  for (; row + 4 <= task.rows; row += 4) run(row, std::integral_constant<int, 4>());
  if (row + 2 <= task.rows) run(row, std::integral_constant<int, 2>()), row += 2;
  if (row < task.rows) run(row, std::integral_constant<int, 1>());
}

}  // namespace

bool wants_dot(const Gemm& g) { return g.outer * g.inner == 1 && g.m <= kMaxRows && g.b.row == 1 && !g.b_is_packed; }

int64_t dot_workspace(const Gemm& g) { return 4 * g.m * round_up(g.k, kLanes) + 64; }

void dot_gemm(const Gemm& g, Pool& pool, float* workspace) {
  const int64_t a_row = round_up(g.k, kLanes);
  for (int64_t i = 0; i < g.m; ++i)  // the last vector of each row must end in zeros
    if (g.k % kLanes) store(workspace + (i + 1) * a_row - kLanes, Vec{});
  pack_operand_rows(g.a, 0, g.m, g.k, workspace, a_row);
  pool.ranges(g.n, kTaskCols, [&](int64_t begin, int64_t end, int) {
    alignas(64) float sums[kMaxRows * kTaskCols];
    const DotTask task{workspace, a_row, g.m, g.b.col, g.k, sums};
    with_storage(g.b.dtype, [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T* b = static_cast<const T*>(g.b.data);
      for (int64_t col = begin; col < end; col += kLanes)
        dot_columns(task, b + col * g.b.col, col - begin, smaller(kLanes, end - col));
    });
    finish_rows(g.c, sums, kTaskCols, 0, 0, g.m, begin, end - begin);
  });
}

}  // namespace gridstride::cpu::GS_ISA
