#include "native/cpu/gemm/dot.h"

#include "native/cpu/gemm/finish.h"
#include "native/cpu/gemm/pack.h"

namespace gridstride::cpu::GS_ISA {

namespace {

constexpr int64_t kMaxRows = 16;
constexpr int64_t kTaskCols = 64;  // a whole number of kLanes

// sums[i * sums_row + j] = a row i . b row j for R rows of A and kLanes / R of B: one accumulator vector for each pair,
// summed over lanes by one transposition. Rows of B past the last repeat it.
template <int R, class T>
void dot_tile(const float* a, int64_t a_row, const T* b, int64_t b_row, int64_t cols, int64_t depth, float* sums,
              int64_t sums_row) {
  constexpr int kCols = kLanes / R;
  const T* rows[kCols];
  GS_UNROLL
  for (int j = 0; j < kCols; ++j) rows[j] = b + (j < cols ? j : cols - 1) * b_row;
  Vec sum[kLanes] = {};
  const int64_t whole = depth / kLanes * kLanes;
  for (int64_t k = 0; k < whole; k += kLanes) {
    Vec left[R];
    GS_UNROLL
    for (int i = 0; i < R; ++i) left[i] = load(a + i * a_row + k);
    GS_UNROLL
    for (int j = 0; j < kCols; ++j) {
      const Vec right = load(rows[j] + k);
      GS_UNROLL
      for (int i = 0; i < R; ++i) sum[i * kCols + j] += left[i] * right;
    }
  }
  if (whole < depth) {
    GS_UNROLL
    for (int j = 0; j < kCols; ++j) {
      const Vec right = load_part(rows[j] + whole, depth - whole);
      GS_UNROLL
      for (int i = 0; i < R; ++i) sum[i * kCols + j] += load(a + i * a_row + whole) * right;
    }
  }
  transpose(sum);
  GS_UNROLL
  for (int half = kLanes / 2; half > 0; half /= 2) {
    GS_UNROLL
    for (int i = 0; i < half; ++i) sum[i] += sum[i + half];
  }
  float totals[kLanes];
  store(totals, sum[0]);
  for (int i = 0; i < R; ++i)
    for (int j = 0; j < kCols && j < cols; ++j) sums[i * sums_row + j] = totals[i * kCols + j];
}

struct DotTask {
  const float* a;
  int64_t a_row, rows, b_row, depth;
  float* sums;  // (rows, kTaskCols)
};

// All rows of A against up to kLanes rows of B.
template <class T>
void dot_columns(const DotTask& task, const T* b, int64_t col, int64_t cols) {
  const auto run = [&](int64_t row, auto count) {
    constexpr int R = decltype(count)::value;
    for (int64_t j = 0; j < cols; j += kLanes / R)
      dot_tile<R>(task.a + row * task.a_row, task.a_row, b + j * task.b_row, task.b_row, cols - j, task.depth,
                  task.sums + row * kTaskCols + col + j, kTaskCols);
  };
  int64_t row = 0;
  for (; row + 4 <= task.rows; row += 4) run(row, std::integral_constant<int, 4>());
  if (row + 2 <= task.rows) run(row, std::integral_constant<int, 2>()), row += 2;
  if (row < task.rows) run(row, std::integral_constant<int, 1>());
}

}  // namespace

bool wants_dot(const Gemm& g) { return g.outer * g.inner == 1 && g.m <= kMaxRows && g.b.row == 1; }

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
