// The activation kernels against the double-precision reference: every kind, tails, unaligned tensors, in place; with a
// bias, its gradient and dropout.
#include "kernels/elementwise/activation.h"

#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void activation_forward(const ActivationForwardArgs& args, Run& run);
void activation_backward(const ActivationBackwardArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void activation_forward(const ActivationForwardArgs& args, Run& run);
void activation_backward(const ActivationBackwardArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

constexpr double kUnits = 8;

struct Case {
  Activation kind;
  DType dtype;
  int64_t rows, columns;
  int64_t shift = 0;  // elements that x lies behind an aligned address
  bool has_bias = false;
  double p = 0;
  bool wants_dx = true, wants_dbias = false;

  std::string name() const {
    return label("activation", cpu::Isa::reference, dtype, rows, columns) + " kind " +
           std::to_string(static_cast<int>(kind)) + " shift " + std::to_string(shift) + (has_bias ? " bias" : "") +
           (wants_dbias ? " dbias" : "") + (p > 0 ? " dropout" : "");
  }
};

class Arrays {
 public:
  explicit Arrays(const Case& test)
      : c(test),
        count(c.rows * c.columns),
        x(c.dtype, count + c.shift, 1, 6),
        dy(c.dtype, count, 2),
        bias(c.dtype, c.columns, 3, 2) {}

  template <class Run>
  Outputs forward(void (*launch)(const ActivationForwardArgs&, Run&), Run& run) {
    Outputs out = {Buffer(c.dtype, count)};
    launch({first(), c.has_bias ? bias.data() : nullptr, out[0].data(), c.rows, c.columns, dropout(), c.kind, c.dtype},
           run);
    return out;
  }
  // dx in place of dy, dbias.
  template <class Run>
  Outputs backward(void (*launch)(const ActivationBackwardArgs&, Run&), Run& run) {
    Outputs out = {dy, Buffer(DType::f32, c.columns, 0, 0, 7)};
    launch({first(), c.has_bias ? bias.data() : nullptr, out[0].data(), c.wants_dx ? out[0].data() : nullptr,
            c.wants_dbias ? out[1].data() : nullptr, c.rows, c.columns, dropout(), c.kind, c.dtype, DType::f32},
           run);
    return out;
  }

  Case c;
  int64_t count;
  Buffer x, dy, bias;

 private:
  const void* first() { return static_cast<char*>(x.data()) + c.shift * dtype_size(c.dtype); }
  ElementDropout dropout() const {
    static const std::vector<int64_t> state = {77, 1000};
    return {{state.data(), 3}, c.p};
  }
};

void check_case(const Case& c) {
  Arrays arrays(c);
  compare_with_cpu(
      c.name(), arrays.forward(cpu::activation_forward, reference_run()),
      [&](cuda::Run& run) { return arrays.forward(cuda::activation_forward, run); }, kUnits);
  const double of_sum = kUnits + static_cast<double>(c.rows);
  compare_with_cpu(c.name() + " backward", arrays.backward(cpu::activation_backward, reference_run()),
                   [&](cuda::Run& run) { return arrays.backward(cuda::activation_backward, run); }, {kUnits, of_sum});
}

void check_kind(Activation kind, DType dtype) {
  for (const int64_t count : {0, 1, 63, 64, 65, 4099})
    for (const int64_t shift : {0, 1}) check_case({kind, dtype, 1, count, shift});
  check_case({kind, dtype, 5, 40, 0, true});
  check_case({kind, dtype, 70, 40, 0, true, 0.25, true, true});
  check_case({kind, dtype, 9, 13, 0, true, 0.5, true, true});
}

void check_fused() {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) {
    check_case({Activation::gelu, dtype, 1, 4099, 0, false, 0.1});
    check_case({Activation::silu, dtype, 3, 24, 1, true, 0.1, true, true});
    check_case({Activation::relu, dtype, 3, 24, 0, true, 0, false, true});
    check_case({Activation::tanh, dtype, 3, 24, 0, true, 1, true, true});
    check_case({Activation::tanh, dtype, 0, 24, 0, true, 0.5, true, true});
    check_case({Activation::gelu_tanh, dtype, 2, 264, 0, true, 0.9, true, false});
  }
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (int kind = 0; kind < kActivationCount; ++kind)
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) check_kind(static_cast<Activation>(kind), dtype);
  check_fused();
  // More vectors than the grid has threads.
  check_case({Activation::relu, DType::f32, 1, 2048 * 256 * 4 + 5});
  return close();
}
