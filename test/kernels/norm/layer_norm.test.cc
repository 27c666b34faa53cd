// Layer norm's kernels against the double-precision reference: both mappings, tails, aligned and not, in place.
#include "kernels/norm/layer_norm.h"

#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void layer_norm_forward(const LayerNormForwardArgs& args, Run& run);
void layer_norm_backward(const LayerNormBackwardArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void layer_norm_forward(const LayerNormForwardArgs& args, Run& run);
void layer_norm_backward(const LayerNormBackwardArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

constexpr double kUnits = 48;

struct Case {
  int64_t rows, channels;
  DType dtype, parameter_dtype;
  bool residual, affine;
  int64_t shift = 0;      // elements that x and dy lie behind an aligned address
  bool in_place = false;  // dx lies where dy does
  double p = 0;           // dropout

  bool sums() const { return residual || p > 0; }
  ElementDropout dropout() const;
  std::string name(const char* pass) const {
    return label(pass, cpu::Isa::reference, dtype, rows, channels) + (residual ? " residual" : "") +
           (affine ? " affine" : "") + (shift ? " misaligned" : "") + (in_place ? " in place" : "") +
           (p > 0 ? " dropout" : "");
  }
};

ElementDropout Case::dropout() const {
  static const std::vector<int64_t> state = {-77, (int64_t{1} << 32) - 5};
  return {{state.data(), 2}, p};
}

struct Inputs {
  explicit Inputs(const Case& c)
      : x(c.dtype, c.rows * c.channels + c.shift, 1, 2, 0.7),
        residual(c.dtype, c.rows * c.channels, 2),
        dy(c.dtype, c.rows * c.channels + c.shift, 3),
        dsum(c.dtype, c.rows * c.channels, 4),
        gamma(c.parameter_dtype, c.channels, 5, 1, 1),
        beta(c.parameter_dtype, c.channels, 6) {}
  Buffer x, residual, dy, dsum, gamma, beta;
};

char* shifted(Buffer& buffer, int64_t elements) {
  return static_cast<char*>(buffer.data()) + elements * dtype_size(buffer.dtype());
}

// y, sum, mean, inv_std
template <class Run>
Outputs forward(const Case& c, Inputs& in, void (*launch)(const LayerNormForwardArgs&, Run&), Run& run) {
  const int64_t count = c.rows * c.channels;
  Outputs out = {Buffer(c.dtype, count), Buffer(c.dtype, c.sums() ? count : 0), Buffer(DType::f32, c.rows),
                 Buffer(DType::f32, c.rows)};
  launch({shifted(in.x, c.shift), c.residual ? in.residual.data() : nullptr, c.affine ? in.gamma.data() : nullptr,
          c.affine ? in.beta.data() : nullptr, out[0].data(), c.sums() ? out[1].data() : nullptr, out[2].data(),
          out[3].data(), c.rows, c.channels, 1e-5, c.dtype, c.parameter_dtype, c.dropout()},
         run);
  return out;
}

// dx, dresidual, dgamma, dbeta from the reference's saved values
template <class Run>
Outputs backward(const Case& c, Inputs& in, Outputs& saved, void (*launch)(const LayerNormBackwardArgs&, Run&),
                 Run& run) {
  const int64_t parameters = c.affine ? c.channels : 0;
  const bool differs = c.residual && c.p > 0;
  Outputs out = {c.in_place ? in.dy : Buffer(c.dtype, c.rows * c.channels),
                 Buffer(c.dtype, differs ? c.rows * c.channels : 0), Buffer(DType::f32, parameters),
                 Buffer(DType::f32, parameters)};
  launch({c.in_place ? out[0].data() : shifted(in.dy, c.shift), c.residual ? in.dsum.data() : nullptr,
          c.sums() ? saved[1].data() : shifted(in.x, c.shift), c.affine ? in.gamma.data() : nullptr, saved[2].data(),
          saved[3].data(), out[0].data(), differs ? out[1].data() : nullptr, c.affine ? out[2].data() : nullptr,
          c.affine ? out[3].data() : nullptr, c.rows, c.channels, c.dtype, c.parameter_dtype, c.dropout()},
         run);
  return out;
}

void check_case(const Case& c) {
  Inputs in(c);
  Outputs saved = forward(c, in, cpu::layer_norm_forward, reference_run());
  compare_with_cpu(
      c.name("forward"), saved, [&](cuda::Run& run) { return forward(c, in, cuda::layer_norm_forward, run); }, kUnits);
  compare_with_cpu(
      c.name("backward"), backward(c, in, saved, cpu::layer_norm_backward, reference_run()),
      [&](cuda::Run& run) { return backward(c, in, saved, cuda::layer_norm_backward, run); }, kUnits);
}

void check_shapes(DType dtype, DType parameter_dtype) {
  // Warp per row with 1, 2, 4 and 8 vectors, then block per row: too wide, or no whole number of vectors.
  for (const auto& [rows, channels] : {std::pair<int64_t, int64_t>{0, 8},
                                       {1, 8},
                                       {17, 64},
                                       {5, 264},
                                       {9, 768},
                                       {3, 1000},
                                       {2, 2048},
                                       {2, 2056},
                                       {1, 1},
                                       {3, 63},
                                       {70, 65}})
    for (const bool residual : {false, true})
      for (const bool affine : {false, true}) check_case({rows, channels, dtype, parameter_dtype, residual, affine});
  check_case({6, 128, dtype, parameter_dtype, false, true, 1});
  check_case({6, 128, dtype, parameter_dtype, true, true, 0, true});
  check_case({6, 127, dtype, parameter_dtype, true, true, 0, true});
  // Dropout on both mappings, where rows begin within a counter too, and with everything dropped.
  for (const int64_t channels : {264, 2056, 65})
    for (const bool residual : {false, true})
      check_case({5, channels, dtype, parameter_dtype, residual, true, 0, residual, 0.3});
  check_case({3, 8, dtype, parameter_dtype, true, true, 0, false, 1});
}

void refuses() {
  LayerNormForwardArgs args{};
  args.rows = args.channels = 1;
  args.dtype = DType::f64;
  std::string text;
  check(error_of([&] { cuda::layer_norm_forward(args, emulated_run()); }, &text) == ErrorCode::kDType &&
            text == "layer_norm: dtype must be f32, bf16 or f16 on cuda, got f64",
        "f64: " + text);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  check_shapes(DType::f32, DType::f32);
  check_shapes(DType::bf16, DType::f32);
  check_shapes(DType::f16, DType::f16);
  // More rows than the blocks that sum parameter gradients hold at once.
  check_case({1100, 8, DType::bf16, DType::bf16, false, true});
  check_case({1100, 7, DType::bf16, DType::bf16, false, true});
  refuses();
  return close();
}
