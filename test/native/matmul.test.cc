// Batched matmul: every instruction set against the reference loops, and those against a product worked out here.
#include "kernels/gemm/matmul.h"

#include "test/native/kernel_check.h"

namespace gridstride::cpu {
void matmul_forward(const MatmulForwardArgs& args, Run& run);
}

namespace gridstride::test {
namespace {

struct Case {
  int64_t outer, inner, m, n, k;
  char a_order, b_order;  // N: rows contiguous, T: columns contiguous, S: neither
  DType dtype, c_dtype;
  double alpha = 1.0;

  std::string name() const {
    return "matmul " + std::to_string(outer) + "x" + std::to_string(inner) + " " + std::to_string(m) + "x" +
           std::to_string(n) + "x" + std::to_string(k) + " " + a_order + b_order + " " + dtype_name(dtype) + "->" +
           dtype_name(c_dtype);
  }
};

struct Strides {
  int64_t outer, inner, row, col, size;
};
// The inner batch index varies faster than the rows for order S, as in a (B, S, H, D) view.
Strides strides(char order, int64_t outer, int64_t inner, int64_t rows, int64_t cols) {
  if (order == 'N') return {inner * rows * cols, rows * cols, cols, 1, outer * inner * rows * cols};
  if (order == 'T') return {inner * rows * cols, rows * cols, 1, rows, outer * inner * rows * cols};
  return {inner * rows * cols * 2, cols * 2, inner * cols * 2, 2, outer * inner * rows * cols * 2};
}

struct Problem {
  Buffer a, b, c;
  MatmulForwardArgs args;
};

Problem make_problem(const Case& test) {
  const Strides a = strides(test.a_order, test.outer, test.inner, test.m, test.k);
  const Strides b = strides(test.b_order, test.outer, test.inner, test.k, test.n);
  const int64_t c_row = test.n + 3;
  Problem p{Buffer(test.dtype, a.size, 1),
            Buffer(test.dtype, b.size, 2),
            Buffer(test.c_dtype, test.outer * test.inner * test.m * c_row, 3, 0.0, 7.0),
            {}};
  MatmulForwardArgs& args = p.args;
  args = {};
  args.a = p.a.data(), args.b = p.b.data(), args.c = p.c.data();
  args.outer = test.outer, args.inner = test.inner, args.m = test.m, args.n = test.n, args.k = test.k;
  args.a_outer_stride = a.outer, args.a_inner_stride = a.inner, args.a_row_stride = a.row, args.a_col_stride = a.col;
  args.b_outer_stride = b.outer, args.b_inner_stride = b.inner, args.b_row_stride = b.row, args.b_col_stride = b.col;
  args.c_outer_stride = test.inner * test.m * c_row, args.c_inner_stride = test.m * c_row, args.c_row_stride = c_row;
  args.alpha = test.alpha;
  args.dtype = test.dtype, args.c_dtype = test.c_dtype;
  return p;
}

Buffer run_case(const Case& test, const cpu::InstructionSet& set, int threads) {
  Problem p = make_problem(test);
  Machine machine(set, threads);
  cpu::matmul_forward(p.args, machine.run());
  return p.c;
}

// Element by element, from the strides, in double; the gap after each row of C keeps its 7.
Buffer expected(const Case& test) {
  Problem p = make_problem(test);
  const MatmulForwardArgs& args = p.args;
  for (int64_t o = 0; o < test.outer; ++o)
    for (int64_t i = 0; i < test.inner; ++i)
      for (int64_t r = 0; r < test.m; ++r)
        for (int64_t c = 0; c < test.n; ++c) {
          const int64_t a = o * args.a_outer_stride + i * args.a_inner_stride + r * args.a_row_stride;
          const int64_t b = o * args.b_outer_stride + i * args.b_inner_stride + c * args.b_col_stride;
          double sum = 0;
          for (int64_t k = 0; k < test.k; ++k)
            sum += p.a.get(a + k * args.a_col_stride) * p.b.get(b + k * args.b_row_stride);
          p.c.set(o * args.c_outer_stride + i * args.c_inner_stride + r * args.c_row_stride + c, args.alpha * sum);
        }
  return p.c;
}

void check_case(const Case& test) {
  const Buffer want = expected(test);
  const Buffer reference = run_case(test, {cpu::Isa::reference}, 2);
  check(worst_error(reference, want, 1e-3) <= 2 * epsilon_of(test.c_dtype), test.name() + " reference");
  if (test.dtype == DType::f64) return;
  const double absolute = 6e-8 * (4.0 + static_cast<double>(test.k)) * std::fabs(test.alpha);
  for (const cpu::InstructionSet& set : product_sets()) {
    if (set.dot != cpu::Dot::none && test.dtype != DType::bf16) continue;  // the base set's code
    const Buffer got = run_case(test, set, 1);
    const double unit = 2.1 * epsilon_of(test.c_dtype), error = worst_error(got, reference, absolute / unit) / unit;
    check(error <= 1, test.name() + " " + set_name(set) + ", error " + std::to_string(error));
    for (int threads : {2, 4})
      check(run_case(test, set, threads).bytes() == got.bytes(),
            test.name() + " " + set_name(set) + ": same bits with " + std::to_string(threads) + " threads");
  }
}

// Every finite f16 and infinity, times factors that round, tie, vanish and overflow: the sets store what half.h makes.
void check_half_rounding() {
  constexpr int64_t kValues = 2 * 0x7c01;
  for (double alpha : {1.0, 1.5, 0.5, 0x1p-12, 2.0}) {
    Buffer one(DType::f16, 1), b(DType::f16, kValues), want(DType::f16, kValues), got(DType::f16, kValues);
    one.set(0, 1.0);
    for (int64_t i = 0; i < kValues; ++i)
      b.as<Float16>()[i] = {static_cast<uint16_t>(i % 0x7c01 | (i < 0x7c01 ? 0 : 0x8000))};
    for (int64_t i = 0; i < kValues; ++i) want.set(i, alpha * b.get(i));
    MatmulForwardArgs args{};
    args.a = one.data(), args.b = b.data(), args.c = got.data();
    args.outer = args.inner = args.m = args.k = 1, args.n = kValues;
    args.a_row_stride = args.a_col_stride = args.b_row_stride = args.b_col_stride = 1;
    args.c_row_stride = kValues;
    args.alpha = alpha;
    args.dtype = args.c_dtype = DType::f16;
    for (cpu::Isa isa : optimised_isas()) {
      Machine machine(isa, 1);
      cpu::matmul_forward(args, machine.run());
      int64_t different = 0;  // 0 and -0 are the same: a sum that begins at 0 has no negative zero
      for (int64_t i = 0; i < kValues; ++i) different += got.get(i) != want.get(i);
      check(different == 0, std::string("f16 rounding ") + isa_name(isa) + ": " + std::to_string(different));
    }
  }
}

void check_all() {
  check_half_rounding();
  const int64_t sizes[] = {0, 1, 3, 17, 63, 64, 65};
  for (int64_t m : sizes)
    for (int64_t n : sizes)
      for (int64_t k : sizes) check_case({1, 1, m, n, k, 'N', 'T', DType::f32, DType::f32});
  const char orders[] = {'N', 'T', 'S'};
  for (char a : orders)
    for (char b : orders)
      for (DType dtype : {DType::f32, DType::bf16, DType::f16, DType::f64})
        for (DType c_dtype : {dtype, dtype == DType::f64 ? DType::f64 : DType::f32}) {
          check_case({1, 1, 5, 37, 50, a, b, dtype, c_dtype, 0.125});
          check_case({2, 3, 33, 35, 41, a, b, dtype, c_dtype});
          check_case({1, 1, 40, 70, 1000, a, b, dtype, c_dtype});
        }
  // Past one block of depth, one block of rows, and with more panels than one task takes.
  check_case({1, 1, 300, 100, 800, 'N', 'N', DType::f32, DType::f32});
  check_case({1, 1, 300, 37, 1600, 'T', 'N', DType::bf16, DType::f32});
  check_case({1, 1, 16, 1100, 300, 'N', 'T', DType::f32, DType::f32});
  check_case({1, 1, 20, 1100, 30, 'N', 'T', DType::f32, DType::f32});
  check_case({1, 1, 300, 100, 1700, 'N', 'T', DType::bf16, DType::bf16});
  check_case({2, 1, 270, 800, 20, 'N', 'T', DType::f32, DType::f32, -2.0});
}

}  // namespace
}  // namespace gridstride::test

int main() {
  gridstride::test::check_all();
  return gridstride::test::close();
}
