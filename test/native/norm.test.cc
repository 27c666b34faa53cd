// Layer norm and RMS norm: instruction sets against the reference, the reference against finite differences, and with
// dropout against the op dropout before them.
#include "kernels/norm/layer_norm.h"
#include "kernels/norm/rms_norm.h"
#include "kernels/random/dropout.h"
#include "test/native/kernel_compare.h"

namespace gridstride::cpu {
void layer_norm_forward(const LayerNormForwardArgs& args, Run& run);
void layer_norm_backward(const LayerNormBackwardArgs& args, Run& run);
void rms_norm_forward(const RmsNormForwardArgs& args, Run& run);
void dropout(const DropoutArgs& args, Run& run);
void rms_norm_backward(const RmsNormBackwardArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::test {
namespace {

struct Rows {
  int64_t rows, channels;
};

struct Case {
  Case(DType dtype, DType parameter_dtype, Rows shape, bool residual, bool affine, double p = 0)
      : dtype(dtype),
        shape(shape),
        residual(residual),
        affine(affine),
        dropout{{state, 2}, p},
        x(dtype, shape.rows * shape.channels, 1, 2, 0.7),
        added(dtype, shape.rows * shape.channels, 2),
        dy(dtype, shape.rows * shape.channels, 3),
        dsum(dtype, shape.rows * shape.channels, 4),
        gamma(parameter_dtype, shape.channels, 5, 1, 1),
        beta(parameter_dtype, shape.channels, 6) {}

  std::string name(const char* op) const {
    return label(op, cpu::Isa::reference, dtype, shape.rows, shape.channels) + (residual ? " residual" : "") +
           (affine ? " affine" : "") + (dropout.p > 0 ? " dropout" : "");
  }
  DType statistic() const { return dtype == DType::f64 ? DType::f64 : DType::f32; }
  int64_t count() const { return shape.rows * shape.channels; }
  bool sums() const { return residual || dropout.p > 0; }

  // y, sum, mean, inv_std
  Outputs forward(cpu::Run& run, bool centred) {
    Outputs out = {Buffer(dtype, count()), Buffer(dtype, sums() ? count() : 0),
                   Buffer(statistic(), centred ? shape.rows : 0), Buffer(statistic(), shape.rows)};
    void* added_to = residual ? added.data() : nullptr;
    void* sum = sums() ? out[1].data() : nullptr;
    void* g = affine ? gamma.data() : nullptr;
    void* b = affine ? beta.data() : nullptr;
    if (centred)
      cpu::layer_norm_forward({x.data(), added_to, g, b, out[0].data(), sum, out[2].data(), out[3].data(), shape.rows,
                               shape.channels, 1e-5, dtype, gamma.dtype(), dropout},
                              run);
    else
      cpu::rms_norm_forward({x.data(), added_to, g, out[0].data(), sum, out[3].data(), shape.rows, shape.channels, 1e-5,
                             dtype, gamma.dtype(), dropout},
                            run);
    return out;
  }

  // dx, dresidual, dgamma, dbeta, from the reference's saved values so that only this pass is compared
  Outputs backward(cpu::Run& run, bool centred) {
    Outputs saved = forward(reference_run(), centred);
    const bool differs = residual && dropout.p > 0;
    Outputs out = {Buffer(dtype, count()), Buffer(dtype, differs ? count() : 0),
                   Buffer(statistic(), affine ? shape.channels : 0),
                   Buffer(statistic(), affine && centred ? shape.channels : 0)};
    void* dsum_or_null = residual ? dsum.data() : nullptr;
    void* dresidual = differs ? out[1].data() : nullptr;
    void* input = sums() ? saved[1].data() : x.data();
    void* g = affine ? gamma.data() : nullptr;
    void* dgamma = affine ? out[2].data() : nullptr;
    void* dbeta = affine ? out[3].data() : nullptr;
    if (centred)
      cpu::layer_norm_backward({dy.data(), dsum_or_null, input, g, saved[2].data(), saved[3].data(), out[0].data(),
                                dresidual, dgamma, dbeta, shape.rows, shape.channels, dtype, gamma.dtype(), dropout},
                               run);
    else
      cpu::rms_norm_backward({dy.data(), dsum_or_null, input, g, saved[3].data(), out[0].data(), dresidual, dgamma,
                              shape.rows, shape.channels, dtype, gamma.dtype(), dropout},
                             run);
    return out;
  }

  DType dtype;
  Rows shape;
  bool residual, affine;
  int64_t state[2] = {-77, (int64_t{1} << 32) - 5};
  ElementDropout dropout;
  Buffer x, added, dy, dsum, gamma, beta;
};

void against_reference(DType dtype, DType parameter_dtype, Rows shape) {
  for (const bool residual : {false, true}) {
    for (const bool affine : {false, true}) {
      // Dropout where there is a residual, or no parameters: with it and without, in half of the cases each.
      Case c(dtype, parameter_dtype, shape, residual, affine, residual == affine ? 0.3 : 0);
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
    Case c(DType::f64, DType::f64, {3, 7}, true, true, 0.3);
    cpu::Run& run = reference_run();
    const Outputs grads = c.backward(run, centred);
    const auto loss = [&] {
      const Outputs out = c.forward(run, centred);
      return weighted_sum(out[0], c.dy) + weighted_sum(out[1], c.dsum);
    };
    check_gradient("norm x", c.x, grads[0], loss);
    check_gradient("norm residual", c.added, grads[1], loss);
    check_gradient("norm gamma", c.gamma, grads[2], loss);
    if (centred) check_gradient("norm beta", c.beta, grads[3], loss);
  }
}

// On f32 the same bits as the ops one after the other give, also where rows begin within a counter.
void like_separate_ops() {
  for (const Rows shape : {Rows{7, 64}, Rows{9, 67}, Rows{3, 1030}}) {
    Case fused(DType::f32, DType::f32, shape, true, true, 0.1), separate(DType::f32, DType::f32, shape, true, true);
    for (const cpu::Isa isa : optimised_isas()) {
      cpu::Run& run = machine_with(2).with(isa);
      const auto drop = [&](const Buffer& x) {
        Buffer from = x, y(x.dtype(), x.count());
        cpu::dropout({from.data(), y.data(), fused.dropout.stream, x.count(), fused.dropout.p, x.dtype()}, run);
        return y;
      };
      separate.x = drop(fused.x);
      const Outputs expected = separate.forward(run, true), actual = fused.forward(run, true);
      for (size_t i = 0; i < actual.size(); ++i)
        check_same_bits(actual[i], expected[i], fused.name("like separate ops") + " output " + std::to_string(i));
      const Outputs grads = fused.backward(run, true);
      check_same_bits(grads[0], drop(grads[1]), fused.name("like separate ops") + " dx");
    }
  }
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  by_hand();
  gradients();
  like_separate_ops();
  for (const Rows shape : {Rows{0, 8}, Rows{1, 1}, Rows{3, 63}, Rows{17, 64}, Rows{5, 65}, Rows{130, 333}}) {
    against_reference(DType::f32, DType::f32, shape);
    against_reference(DType::bf16, DType::f32, shape);
    against_reference(DType::f16, DType::f16, shape);
  }
  return test::close();
}
