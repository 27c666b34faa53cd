// What memory-bound passes move on rows of BERT's size, against what they must: inputs and outputs once. Only the race
// build sees all accesses.
#include <cstdio>
#include <functional>

#include "kernels/elementwise/activation.h"
#include "kernels/elementwise/binary.h"
#include "kernels/elementwise/cast.h"
#include "kernels/embedding/embedding.h"
#include "kernels/layout/copy.h"
#include "kernels/loss/cross_entropy.h"
#include "kernels/loss/mse.h"
#include "kernels/loss/softmax.h"
#include "kernels/norm/layer_norm.h"
#include "kernels/norm/rms_norm.h"
#include "kernels/optim/adamw.h"
#include "kernels/random/dropout.h"
#include "native/emulation/race/detector.h"
#include "test/native/emulation/memory_traffic.h"

namespace gridstride {
namespace cuda {
void activation_forward(const ActivationForwardArgs& args, Run& run);
void activation_backward(const ActivationBackwardArgs& args, Run& run);
void adamw(const AdamWArgs& args, Run& run);
void binary(const BinaryArgs& args, Run& run);
void cast(const CastArgs& args, Run& run);
void copy(const CopyArgs& args, Run& run);
void cross_entropy_forward(const CrossEntropyForwardArgs& args, Run& run);
void cross_entropy_backward(const CrossEntropyBackwardArgs& args, Run& run);
void dropout(const DropoutArgs& args, Run& run);
void embedding_forward(const EmbeddingForwardArgs& args, Run& run);
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

constexpr int64_t kRows = 128;

std::string named(const char* pass, DType dtype, int64_t columns) {
  return std::string(pass) + " " + dtype_name(dtype) + " " + std::to_string(columns);
}

void norm_forward(DType dtype, int64_t columns, bool residual) {
  const int64_t bytes = kRows * columns * dtype_size(dtype);
  Memory m;
  LayerNormForwardArgs args{};
  args.x = m.take(bytes), args.y = m.take(bytes);
  if (residual) args.residual = m.take(bytes), args.sum = m.take(bytes);
  args.gamma = m.take(columns * 4), args.beta = m.take(columns * 4);
  args.mean = m.take(kRows * 4), args.inv_std = m.take(kRows * 4);
  args.rows = kRows, args.channels = columns, args.epsilon = 1e-5;
  args.dtype = dtype, args.parameter_dtype = DType::f32;
  expect_moved(named("layer norm forward", dtype, columns) + (residual ? " residual" : ""), m,
               [&](cuda::Run& run) { cuda::layer_norm_forward(args, run); });
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
Measure norm_backward(DType dtype, int64_t columns, bool centred, int64_t rows) {
  const int64_t bytes = rows * columns * dtype_size(dtype);
  Memory m;
  LayerNormBackwardArgs args{};
  args.dy = m.take(bytes), args.x = m.take(bytes), args.dx = m.take(bytes);
  args.gamma = m.take(columns * 4), args.dgamma = m.take(columns * 4);
  args.inv_std = m.take(rows * 4);
  if (centred) args.mean = m.take(rows * 4), args.dbeta = m.take(columns * 4);
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
void norm_backward_of_many_rows(DType dtype, int64_t columns, bool centred) {
  constexpr double kManyRows = 65536;
  const Measure some = norm_backward(dtype, columns, centred, 1024),
                more = norm_backward(dtype, columns, centred, 1152);
  const auto at_many = [](double a, double b) { return a + (b - a) / 128 * (kManyRows - 1024); };
  expect_ratio(named(centred ? "layer norm backward" : "rms norm backward", dtype, columns),
               at_many(some.moved, more.moved), at_many(some.necessary, more.necessary), 1.1);
}

void softmax(DType dtype, int64_t columns) {
  const int64_t bytes = kRows * columns * dtype_size(dtype);
  Memory f, b;
  const SoftmaxForwardArgs forward{f.take(bytes), f.take(bytes), kRows, columns, columns, 0, dtype};
  expect_moved(named("softmax forward", dtype, columns), f,
               [&](cuda::Run& run) { cuda::softmax_forward(forward, run); });
  const SoftmaxBackwardArgs backward{b.take(bytes), b.take(bytes), b.take(bytes), kRows, columns, 0, dtype};
  expect_moved(named("softmax backward", dtype, columns), b,
               [&](cuda::Run& run) { cuda::softmax_backward(backward, run); });
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

void activation(DType dtype) {
  const int64_t count = kRows * 3072, bytes = count * dtype_size(dtype);
  Memory f, b;
  const ActivationForwardArgs forward{f.take(bytes), f.take(bytes), count, Activation::gelu, dtype};
  expect_moved(named("activation forward", dtype, count), f,
               [&](cuda::Run& run) { cuda::activation_forward(forward, run); });
  const ActivationBackwardArgs backward{b.take(bytes), b.take(bytes), b.take(bytes), count, Activation::gelu, dtype};
  expect_moved(named("activation backward", dtype, count), b,
               [&](cuda::Run& run) { cuda::activation_backward(backward, run); });
}

// Sum of two tensors, or of one and a row; casts; copies, also of a transpose.
void elementwise(DType dtype) {
  constexpr int64_t kColumns = 768;
  const int64_t count = kRows * kColumns, bytes = count * dtype_size(dtype);
  for (const bool row : {false, true}) {
    Memory m;
    BinaryArgs add{};
    add.a = m.take(bytes), add.b = m.take(row ? kColumns * dtype_size(dtype) : bytes), add.y = m.take(bytes);
    add.rank = 2, add.op = BinaryOp::add, add.dtype = dtype;
    add.sizes[0] = kRows, add.a_strides[0] = add.y_strides[0] = kColumns, add.b_strides[0] = row ? 0 : kColumns;
    add.sizes[1] = kColumns, add.a_strides[1] = add.b_strides[1] = add.y_strides[1] = 1;
    expect_moved(named(row ? "add a row" : "add", dtype, count), m, [&](cuda::Run& run) { cuda::binary(add, run); });
  }
  const DType other = dtype == DType::f32 ? DType::bf16 : DType::f32;
  Memory c;
  CastArgs cast{};
  cast.x = c.take(bytes), cast.y = c.take(count * dtype_size(other)), cast.rank = 1;
  cast.sizes[0] = count, cast.x_strides[0] = cast.y_strides[0] = 1, cast.x_dtype = dtype, cast.y_dtype = other;
  expect_moved(named("cast from", dtype, count), c, [&](cuda::Run& run) { cuda::cast(cast, run); });
  for (const bool transposed : {false, true}) {
    Memory m;
    CopyArgs copy{};
    copy.x = m.take(bytes), copy.y = m.take(bytes), copy.rank = 2, copy.dtype = dtype;
    copy.sizes[0] = kRows, copy.x_strides[0] = kColumns, copy.y_strides[0] = transposed ? 1 : kColumns;
    copy.sizes[1] = kColumns, copy.x_strides[1] = 1, copy.y_strides[1] = transposed ? kRows : 1;
    expect_moved(named(transposed ? "transpose" : "copy", dtype, count), m,
                 [&](cuda::Run& run) { cuda::copy(copy, run); });
  }
  Memory d;
  DropoutArgs dropout{};
  dropout.x = d.take(bytes), dropout.y = d.take(bytes), dropout.stream = {d.take_as<int64_t>(2), 0};
  dropout.count = count, dropout.p = 0.1, dropout.dtype = dtype;
  expect_moved(named("dropout", dtype, count), d, [&](cuda::Run& run) { cuda::dropout(dropout, run); });
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

void embedding(DType dtype) {
  constexpr int64_t kColumns = 768, kVocabulary = 400;
  Memory m;
  EmbeddingForwardArgs args{};
  args.table = m.spare(kVocabulary * kColumns * dtype_size(dtype));
  auto* ids = m.take_as<int64_t>(kRows);
  for (int64_t i = 0; i < kRows; ++i) ids[i] = i * 7 % kVocabulary;
  m.take(kRows * kColumns * dtype_size(dtype));  // the rows that are read
  args.ids = ids, args.y = m.take(kRows * kColumns * dtype_size(dtype));
  args.rows = kRows, args.vocabulary = kVocabulary, args.channels = kColumns;
  args.dtype = args.table_dtype = dtype, args.id_dtype = DType::i64;
  expect_moved(named("embedding forward", dtype, kColumns), m,
               [&](cuda::Run& run) { cuda::embedding_forward(args, run); });
}

void optimizer(DType dtype) {
  constexpr int64_t kCount = 768 * 256;
  Memory m;
  AdamWArgs args{};
  args.tensors = 2;
  for (int i = 0; i < args.tensors; ++i) {
    args.gradients[i] = m.take(kCount * dtype_size(dtype));
    for (void** tensor : {&args.weights[i], &args.first_moments[i], &args.second_moments[i]}) {
      m.take(kCount * 4);  // it is read, and written
      *tensor = m.take(kCount * 4);
    }
    args.copies[i] = m.take(kCount * 2);
    args.counts[i] = kCount, args.dtypes[i] = dtype, args.rate_factors[i] = 1;
  }
  args.schedule = m.take_as<float>(2);
  args.beta1 = 0.9, args.beta2 = 0.999, args.epsilon = 1e-8, args.copy_dtype = DType::bf16;
  expect_moved(named("adamw, gradients", dtype, 2 * kCount), m, [&](cuda::Run& run) { cuda::adamw(args, run); });
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  if (!emulation::kDetectsRaces) {
    std::printf("skipped: only the race build sees all accesses\n");
    return 0;
  }
  for (const DType dtype : {DType::bf16, DType::f32}) {
    for (const int64_t columns : {768, 1024}) {
      norm_forward(dtype, columns, false);
      norm_forward(dtype, columns, true);
      softmax(dtype, columns);
    }
    norm_backward_of_many_rows(dtype, 768, true);
    if (dtype == DType::bf16) norm_backward_of_many_rows(dtype, 768, false);
    cross_entropy(dtype, 30522);
    activation(dtype);
    elementwise(dtype);
    losses(dtype);
    embedding(dtype);
    optimizer(dtype);
  }
  return close();
}
