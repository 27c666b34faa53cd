// Batched matmul's kernels against the double-precision reference: every order and alignment of the operands, batch
// strides, tails, alpha and dtypes of C; then every tile and form of the GEMM behind it, by a plan that asks for it.
#include "kernels/gemm/matmul.h"

#include <array>

#include "native/cuda/gemm/gemm.h"
#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void matmul_forward(const MatmulForwardArgs& args, Run& run);
}
namespace cuda {
void matmul_forward(const MatmulForwardArgs& args, Run& run);
}

namespace test {
namespace {

struct Case {
  int64_t outer, inner, m, n, k;
  char a_order, b_order;  // N: rows contiguous, T: columns contiguous, S: neither, R: one matrix repeated
  DType dtype, c_dtype;
  double alpha = 1.0;
  int64_t padding = 0;  // of rows of A and B, elements
  int64_t shift = 0;    // elements that A lies behind an aligned address

  std::string name() const {
    return "matmul " + std::to_string(outer) + "x" + std::to_string(inner) + " " + std::to_string(m) + "x" +
           std::to_string(n) + "x" + std::to_string(k) + " " + a_order + b_order + " " + dtype_name(dtype) + "->" +
           dtype_name(c_dtype) + " padding " + std::to_string(padding) + " shift " + std::to_string(shift);
  }
};

struct Strides {
  int64_t outer, inner, row, col, size;
};
// The inner batch index varies faster than the rows for order S, as in a (B, S, H, D) view. The last row ends where
// the array does.
Strides strides(char order, const Case& c, int64_t rows, int64_t cols) {
  const int64_t row = cols + c.padding, col = rows + c.padding, outer = c.outer, inner = c.inner;
  if (order == 'N') return {inner * rows * row, rows * row, row, 1, outer * inner * rows * row - c.padding};
  if (order == 'T') return {inner * cols * col, cols * col, 1, col, outer * inner * cols * col - c.padding};
  if (order == 'R') return {0, 0, row, 1, rows * row - c.padding};
  return {inner * rows * cols * 2, cols * 2, inner * cols * 2, 2, outer * inner * rows * cols * 2};
}

struct Problem {
  explicit Problem(const Case& c)
      : a_strides(strides(c.a_order, c, c.m, c.k)),
        b_strides(strides(c.b_order, c, c.k, c.n)),
        a(c.dtype, std::max<int64_t>(a_strides.size, 0) + c.shift, 1),
        b(c.dtype, std::max<int64_t>(b_strides.size, 0), 2) {}
  Strides a_strides, b_strides;
  Buffer a, b;
};

// C with a gap after each row, which keeps its 7.
template <class Launch>
Outputs run_case(const Case& c, Problem& p, const Launch& launch) {
  const int64_t c_row = c.n + 3 + (c.n + 3) % 2;
  Outputs out = {Buffer(c.c_dtype, c.outer * c.inner * c.m * c_row, 0, 0, 7)};
  const Strides &a = p.a_strides, &b = p.b_strides;
  launch(MatmulForwardArgs{p.a.as<char>() + c.shift * dtype_size(c.dtype),
                           p.b.data(),
                           out[0].data(),
                           c.outer,
                           c.inner,
                           c.m,
                           c.n,
                           c.k,
                           a.outer,
                           a.inner,
                           a.row,
                           a.col,
                           b.outer,
                           b.inner,
                           b.row,
                           b.col,
                           c.inner * c.m * c_row,
                           c.m * c_row,
                           c_row,
                           c.alpha,
                           c.dtype,
                           c.c_dtype});
  return out;
}

double units(const Case& c) {
  return 2.1 + (32 + static_cast<double>(c.k)) * epsilon_of(DType::f32) / epsilon_of(c.c_dtype);
}

void check_case(const Case& c) {
  Problem p(c);
  const Outputs expected =
      run_case(c, p, [](const MatmulForwardArgs& args) { cpu::matmul_forward(args, reference_run()); });
  compare_with_cpu(
      c.name(), expected,
      [&](cuda::Run& run) {
        return run_case(c, p, [&](const MatmulForwardArgs& args) { cuda::matmul_forward(args, run); });
      },
      units(c));
}

// The same by a plan of the test's choice, `batches` products a launch.
void check_plan(const Case& c, cuda::GemmTile tile, int splits, int64_t batches) {
  Problem p(c);
  const Outputs expected =
      run_case(c, p, [](const MatmulForwardArgs& args) { cpu::matmul_forward(args, reference_run()); });
  const auto pass = [&](cuda::Run& run) {
    return run_case(c, p, [&](const MatmulForwardArgs& args) {
      const GemmArgs gemm = cuda::gemm_of(args);
      cuda::GemmPlan plan = cuda::plan_gemm(gemm, c.dtype, 1);
      plan.splits = splits;
      if (plan.whole_copies || c.dtype == DType::f32) plan.tile = tile;
      const int64_t bytes = cuda::gemm_scratch_bytes(gemm, plan);
      cuda::launch_gemm("matmul", gemm, c.dtype, plan, bytes > 0 ? run.workspace(bytes) : nullptr, run, batches);
    });
  };
  compare_with_cpu(c.name() + " tile " + std::to_string(static_cast<int>(tile)) + " splits " + std::to_string(splits),
                   expected, pass, units(c));
}

constexpr DType kDTypes[] = {DType::f32, DType::bf16, DType::f16};

void check_orders() {
  for (const char a : {'N', 'T', 'S', 'R'})
    for (const char b : {'N', 'T', 'S', 'R'})
      for (const DType dtype : kDTypes) {
        check_case({2, 3, 8, 16, 24, a, b, dtype, dtype, 0.125});
        check_case({1, 2, 5, 11, 13, a, b, dtype, DType::f32, -2.0});
        // Rows at multiples of 16 bytes whose last vector is only partly theirs.
        check_case({1, 1, 13, 13, 13, a, b, dtype, dtype, 1.0, 3});
      }
  for (const DType dtype : kDTypes) {
    check_case({1, 2, 16, 16, 16, 'N', 'N', dtype, dtype, 1.0, 0, 1});
    // The same along the whole depth of a tile: the last vector's end is the array's.
    check_case({1, 1, 13, 13, 64, 'T', 'N', dtype, dtype, 1.0, 3});
  }
}

void check_sizes() {
  for (const DType dtype : kDTypes)
    for (const auto& [m, n, k] : {std::array<int64_t, 3>{0, 4, 4},
                                  {4, 0, 4},
                                  {4, 4, 0},
                                  {1, 1, 1},
                                  {65, 8, 16},
                                  {8, 130, 16},
                                  {16, 8, 63},
                                  {2, 8, 200}})
      check_case({1, 1, m, n, k, 'N', 'N', dtype, DType::f32});
  check_case({0, 3, 4, 4, 4, 'N', 'N', DType::f32, DType::f32});
}

void check_plans() {
  using cuda::GemmTile;
  for (const char a : {'N', 'T'})
    for (const char b : {'N', 'T'})
      for (const DType dtype : kDTypes) {
        // More than one tile each way, more of them than the ring has, with a tail everywhere.
        check_plan({1, 1, 72, 88, 200, a, b, dtype, DType::f32}, GemmTile::small, 1, 1);
        check_plan({1, 2, 136, 72, 40, a, b, dtype, dtype}, GemmTile::medium, 1, 1);
        check_plan({1, 1, 136, 40, 136, a, b, dtype, dtype}, GemmTile::large, 2, 1);
      }
  // Tiles in more than one group of rows, splits without any depth, batches in more than one launch.
  check_plan({1, 1, 600, 72, 8, 'N', 'T', DType::f32, DType::f32}, GemmTile::small, 1, 1);
  check_plan({3, 2, 9, 8, 70, 'N', 'T', DType::bf16, DType::bf16}, GemmTile::small, 4, 4);
  check_plan({3, 2, 9, 7, 70, 'S', 'N', DType::f16, DType::f16}, GemmTile::small, 3, 5);
}

// What the plan is for the shapes it was made for, on 132 multiprocessors.
void check_choice() {
  const auto plan_of = [](int64_t m, int64_t n, int64_t k) {
    GemmArgs args{};
    args.m = m, args.n = n, args.k = k;
    args.outer = args.inner = 1;
    args.a = {nullptr, k, 1, 0, 0}, args.b = {nullptr, k, 1, 0, 0};
    return cuda::plan_gemm(args, DType::bf16, 132);
  };
  const cuda::GemmPlan wide = plan_of(8192, 3072, 768), one = plan_of(1, 768, 3072),
                       gradient = plan_of(768, 768, 16384);
  check(wide.tile == cuda::GemmTile::large && wide.splits == 1, "large products take large tiles");
  check(one.tile == cuda::GemmTile::small && one.splits >= 4, "one row's product is split");
  check(gradient.splits >= 3, "a weight gradient is split");
  check(plan_of(0, 0, 0).splits == 1, "nothing is not split");
}

void refuses() {
  MatmulForwardArgs args{};
  args.dtype = args.c_dtype = DType::f64;
  std::string text;
  check(error_of([&] { cuda::matmul_forward(args, emulated_run()); }, &text) == ErrorCode::kDType &&
            text == "matmul: dtype must be f32, bf16 or f16 on cuda, got f64",
        "f64: " + text);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride::test;
  check_orders();
  check_sizes();
  check_plans();
  check_choice();
  refuses();
  return close();
}
