// What norms, softmax and losses move on rows of BERT's size and of a vocabulary's, against what they must.
#include "kernels/loss/cross_entropy.h"
#include "kernels/loss/mse.h"
#include "kernels/loss/softmax.h"
#include "kernels/norm/layer_norm.h"
#include "kernels/norm/rms_norm.h"
#include "test/native/emulation/moved_bytes.h"

namespace gridstride {
namespace cuda {
void cross_entropy_forward(const CrossEntropyForwardArgs& args, Run& run);
void cross_entropy_backward(const CrossEntropyBackwardArgs& args, Run& run);
void layer_norm_forward(const LayerNormForwardArgs& args, Run& run);
void layer_norm_backward(const LayerNormBackwardArgs& args, Run& run);
void mse_forward(const MseForwardArgs& args, Run& run);
void mse_backward(const MseBackwardArgs& args, Run& run);
void rms_norm_forward(const RmsNormForwardArgs& args, Run& run);
void rms_norm_backward(const RmsNormBackwardArgs& args, Run& run);
void softmax_forward(const SoftmaxForwardArgs& args, Run& run);
void softmax_backward(const SoftmaxBackwardArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

void norm_forward(DType dtype, int64_t columns, bool residual, double p = 0) {
  const int64_t bytes = kRows * columns * dtype_size(dtype);
  Memory m;
  LayerNormForwardArgs args{};
  args.x = m.take(bytes), args.y = m.take(bytes);
  if (residual) args.residual = m.take(bytes), args.sum = m.take(bytes);
  if (p > 0) args.dropout = {{m.take_as<int64_t>(2), 0}, p};
  args.gamma = m.take(columns * 4), args.beta = m.take(columns * 4);
  args.mean = m.take(kRows * 4), args.inv_std = m.take(kRows * 4);
  args.rows = kRows, args.channels = columns, args.epsilon = 1e-5;
  args.dtype = dtype, args.parameter_dtype = DType::f32;
  expect_moved(named("layer norm forward", dtype, columns) + (residual ? " residual" : "") + (p > 0 ? " dropout" : ""),
               m, [&](cuda::Run& run) { cuda::layer_norm_forward(args, run); });
  if (residual) return;
  Memory r;
  RmsNormForwardArgs rms{};
  rms.x = r.take(bytes), rms.y = r.take(bytes);
  rms.gamma = r.take(columns * 4), rms.inv_rms = r.take(kRows * 4);
  rms.rows = kRows, rms.channels = columns, rms.epsilon = 1e-5;
  rms.dtype = dtype, rms.parameter_dtype = DType::f32;
  expect_moved(named("rms norm forward", dtype, columns), r, [&](cuda::Run& run) { cuda::rms_norm_forward(rms, run); });
}

// Bytes moved by `rows` rows, and what must be.
struct Measure {
  double moved, necessary;
};
// `fused`: a layer norm of a residual and what dropout left of x, whose gradients go apart.
Measure norm_backward(DType dtype, int64_t columns, bool centred, bool fused, int64_t rows) {
  const int64_t bytes = rows * columns * dtype_size(dtype);
  Memory m;
  LayerNormBackwardArgs args{};
  args.dy = m.take(bytes), args.x = m.take(bytes), args.dx = m.take(bytes);
  args.gamma = m.take(columns * 4), args.dgamma = m.take(columns * 4);
  args.inv_std = m.take(rows * 4);
  if (centred) args.mean = m.take(rows * 4), args.dbeta = m.take(columns * 4);
  if (fused) args.dresidual = m.take(bytes), args.dropout = {{m.take_as<int64_t>(2), 0}, 0.1};
  args.rows = rows, args.channels = columns, args.dtype = dtype, args.parameter_dtype = DType::f32;
  RmsNormBackwardArgs rms{};
  rms.dy = args.dy, rms.x = args.x, rms.dx = args.dx;
  rms.gamma = args.gamma, rms.dgamma = args.dgamma, rms.inv_rms = args.inv_std;
  rms.rows = rows, rms.channels = columns, rms.dtype = dtype, rms.parameter_dtype = DType::f32;
  const int64_t moved = moved_by([&](cuda::Run& run) {
    if (centred)
      cuda::layer_norm_backward(args, run);
    else
      cuda::rms_norm_backward(rms, run);
  });
  return {static_cast<double>(moved), static_cast<double>(m.necessary())};
}

// The partial sums of the parameters' gradients grow no more past 1024 rows: from there on both numbers are linear, and
// known for working sets far larger than any cache.
void norm_backward_of_many_rows(DType dtype, int64_t columns, bool centred, bool fused) {
  constexpr double kManyRows = 65536;
  const Measure some = norm_backward(dtype, columns, centred, fused, 1024),
                more = norm_backward(dtype, columns, centred, fused, 1152);
  const auto at_many = [](double a, double b) { return a + (b - a) / 128 * (kManyRows - 1024); };
  expect_ratio(named(centred ? "layer norm backward" : "rms norm backward", dtype, columns) + (fused ? " fused" : ""),
               at_many(some.moved, more.moved), at_many(some.necessary, more.necessary), 1.1);
}

// What each way may move at most: rows that no block holds are read twice.
void softmax(DType dtype, int64_t rows, int64_t columns, double most_forward = 1.05, double most_backward = 1.05) {
  const int64_t bytes = rows * columns * dtype_size(dtype);
  Memory f, b;
  const SoftmaxForwardArgs forward{f.take(bytes), f.take(bytes), rows, columns, columns, 0, dtype};
  expect_moved(
      named("softmax forward", dtype, columns), f, [&](cuda::Run& run) { cuda::softmax_forward(forward, run); },
      most_forward);
  const SoftmaxBackwardArgs backward{b.take(bytes), b.take(bytes), b.take(bytes), rows, columns, 0, dtype};
  expect_moved(
      named("softmax backward", dtype, columns), b, [&](cuda::Run& run) { cuda::softmax_backward(backward, run); },
      most_backward);
}

void cross_entropy(DType dtype, int64_t classes) {
  constexpr int64_t kLabelled = 8;
  const int64_t bytes = kLabelled * classes * dtype_size(dtype);
  Memory f, b;
  CrossEntropyForwardArgs forward{};
  forward.logits = f.take(bytes), forward.labels = f.take(kLabelled * 8), forward.loss = f.take(4);
  forward.lse = f.take(kLabelled * 4), forward.normaliser = f.take(4);
  forward.rows = kLabelled, forward.classes = forward.logits_stride = classes, forward.ignore_index = -100;
  forward.reduction = Reduction::mean, forward.dtype = dtype, forward.label_dtype = DType::i64;
  expect_moved(named("cross-entropy forward", dtype, classes), f,
               [&](cuda::Run& run) { cuda::cross_entropy_forward(forward, run); });
  CrossEntropyBackwardArgs backward{};
  backward.logits = b.take(bytes), backward.labels = b.take(kLabelled * 8), backward.lse = b.take(kLabelled * 4);
  backward.normaliser = b.take(4), backward.dloss = b.take(4), backward.dlogits = b.take(bytes);
  backward.rows = kLabelled, backward.classes = backward.logits_stride = backward.dlogits_stride = classes;
  backward.ignore_index = -100, backward.reduction = Reduction::mean;
  backward.dtype = dtype, backward.label_dtype = DType::i64;
  expect_moved(named("cross-entropy backward", dtype, classes), b,
               [&](cuda::Run& run) { cuda::cross_entropy_backward(backward, run); });
}

void losses(DType dtype) {
  const int64_t count = kRows * 768, bytes = count * dtype_size(dtype);
  Memory f, b;
  const MseForwardArgs forward{f.take(bytes), f.take(bytes), f.take(4), count, Reduction::mean, dtype, dtype};
  expect_moved(named("mse forward", dtype, count), f, [&](cuda::Run& run) { cuda::mse_forward(forward, run); });
  const MseBackwardArgs backward{b.take(bytes), b.take(bytes),   b.take(4), b.take(bytes),
                                 count,         Reduction::mean, dtype,     dtype};
  expect_moved(named("mse backward", dtype, count), b, [&](cuda::Run& run) { cuda::mse_backward(backward, run); });
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  return main_of_race_build([] {
    for (const DType dtype : {DType::bf16, DType::f32}) {
      for (const int64_t columns : {768, 1024}) {
        norm_forward(dtype, columns, false);
        norm_forward(dtype, columns, true);
        norm_forward(dtype, columns, true, 0.1);
        softmax(dtype, kRows, columns);
      }
      norm_backward_of_many_rows(dtype, 768, true, false);
      norm_backward_of_many_rows(dtype, 768, true, true);
      if (dtype == DType::bf16) norm_backward_of_many_rows(dtype, 768, false, false);
      softmax(dtype, 16, 4099);
      softmax(dtype, 4, 30522);
      softmax(dtype, 2, 40000, 1.55, 1.72);
      cross_entropy(dtype, 30522);
      losses(dtype);
    }
  });
}
