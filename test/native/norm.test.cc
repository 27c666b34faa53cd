// Layer norm and RMS norm: instruction sets against the reference, the reference against finite differences.
#include "kernels/norm/layer_norm.h"
#include "kernels/norm/rms_norm.h"
#include "test/native/kernel_compare.h"

namespace gridstride::cpu {
void layer_norm_forward(const LayerNormForwardArgs& args, Run& run);
void layer_norm_backward(const LayerNormBackwardArgs& args, Run& run);
void rms_norm_forward(const RmsNormForwardArgs& args, Run& run);
void rms_norm_backward(const RmsNormBackwardArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::test {
namespace {

struct Rows {
  int64_t rows, channels;
};

struct Case {
  Case(DType dtype, DType parameter_dtype, Rows shape, bool residual, bool affine)
      : dtype(dtype),
        shape(shape),
        residual(residual),
        affine(affine),
        x(dtype, shape.rows * shape.channels, 1, 2, 0.7),
        added(dtype, shape.rows * shape.channels, 2),
        dy(dtype, shape.rows * shape.channels, 3),
        dsum(dtype, shape.rows * shape.channels, 4),
        gamma(parameter_dtype, shape.channels, 5, 1, 1),
        beta(parameter_dtype, shape.channels, 6) {}

  std::string name(const char* op) const {
    return label(op, cpu::Isa::reference, dtype, shape.rows, shape.channels) + (residual ? " residual" : "") +
           (affine ? " affine" : "");
  }
  DType statistic() const { return dtype == DType::f64 ? DType::f64 : DType::f32; }
  int64_t count() const { return shape.rows * shape.channels; }

  // y, sum, mean, inv_std
  Outputs forward(cpu::Run& run, bool centred) {
    Outputs out = {Buffer(dtype, count()), Buffer(dtype, residual ? count() : 0),
                   Buffer(statistic(), centred ? shape.rows : 0), Buffer(statistic(), shape.rows)};
    void* added_to = residual ? added.data() : nullptr;
    void* sum = residual ? out[1].data() : nullptr;
    void* g = affine ? gamma.data() : nullptr;
    void* b = affine ? beta.data() : nullptr;
    if (centred)
      cpu::layer_norm_forward({x.data(), added_to, g, b, out[0].data(), sum, out[2].data(), out[3].data(), shape.rows,
                               shape.channels, 1e-5, dtype, gamma.dtype()},
                              run);
    else
      cpu::rms_norm_forward({x.data(), added_to, g, out[0].data(), sum, out[3].data(), shape.rows, shape.channels, 1e-5,
                             dtype, gamma.dtype()},
                            run);
    return out;
  }

  // dx, dgamma, dbeta, from the reference's saved values so that only this pass is compared
  Outputs backward(cpu::Run& run, bool centred) {
    Outputs saved = forward(reference_run(), centred);
    Outputs out = {Buffer(dtype, count()), Buffer(statistic(), affine ? shape.channels : 0),
                   Buffer(statistic(), affine && centred ? shape.channels : 0)};
    void* dsum_or_null = residual ? dsum.data() : nullptr;
    void* input = residual ? saved[1].data() : x.data();
    void* g = affine ? gamma.data() : nullptr;
    void* dgamma = affine ? out[1].data() : nullptr;
    void* dbeta = affine ? out[2].data() : nullptr;
    if (centred)
      cpu::layer_norm_backward({dy.data(), dsum_or_null, input, g, saved[2].data(), saved[3].data(), out[0].data(),
                                dgamma, dbeta, shape.rows, shape.channels, dtype, gamma.dtype()},
                               run);
    else
      cpu::rms_norm_backward({dy.data(), dsum_or_null, input, g, saved[3].data(), out[0].data(), dgamma, shape.rows,
                              shape.channels, dtype, gamma.dtype()},
                             run);
    return out;
  }

  DType dtype;
  Rows shape;
  bool residual, affine;
  Buffer x, added, dy, dsum, gamma, beta;
};

void against_reference(DType dtype, DType parameter_dtype, Rows shape) {
  for (const bool residual : {false, true}) {
    for (const bool affine : {false, true}) {
      Case c(dtype, parameter_dtype, shape, residual, affine);
      for (const bool centred : {true, false}) {
        const char* op = centred ? "layer_norm" : "rms_norm";
        compare_with_reference(
            c.name(op) + " forward", [&](cpu::Run& run) { return c.forward(run, centred); }, 48);
        compare_with_reference(
            c.name(op) + " backward", [&](cpu::Run& run) { return c.backward(run, centred); }, 48);
      }
    }
  }
}

void by_hand() {
  Case c(DType::f32, DType::f32, {1, 4}, false, true);
  for (int i = 0; i < 4; ++i) c.x.set(i, i + 1), c.gamma.set(i, 2), c.beta.set(i, 1);
  for (const cpu::Isa isa : cpu::available_isas()) {
    const Outputs out = c.forward(machine_with(1).with(isa), true);
    const double inv_std = 1 / std::sqrt(1.25 + 1e-5);
    for (int i = 0; i < 4; ++i)
      check(std::abs(out[0].get(i) - ((i - 1.5) * inv_std * 2 + 1)) < 1e-6, "layer norm of 1 2 3 4");
    check(std::abs(out[2].get(0) - 2.5) < 1e-6 && std::abs(out[3].get(0) - inv_std) < 1e-6, "its mean and inv_std");
  }
}

void gradients() {
  for (const bool centred : {true, false}) {
    Case c(DType::f64, DType::f64, {3, 7}, true, true);
    cpu::Run& run = reference_run();
    const Outputs grads = c.backward(run, centred);
    const auto loss = [&] {
      const Outputs out = c.forward(run, centred);
      return weighted_sum(out[0], c.dy) + weighted_sum(out[1], c.dsum);
    };
    check_gradient("norm x", c.x, grads[0], loss);
    check_gradient("norm residual", c.added, grads[0], loss);
    check_gradient("norm gamma", c.gamma, grads[1], loss);
    if (centred) check_gradient("norm beta", c.beta, grads[2], loss);
  }
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  by_hand();
  gradients();
  for (const Rows shape : {Rows{0, 8}, Rows{1, 1}, Rows{3, 63}, Rows{17, 64}, Rows{5, 65}, Rows{130, 333}}) {
    against_reference(DType::f32, DType::f32, shape);
    against_reference(DType::bf16, DType::f32, shape);
    against_reference(DType::f16, DType::f16, shape);
  }
  return test::close();
}
