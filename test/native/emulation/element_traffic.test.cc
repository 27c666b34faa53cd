// What elementwise passes, copies, lookups, pooling and optimizers move, against what they must.
#include <array>

#include "kernels/elementwise/activation.h"
#include "kernels/elementwise/binary.h"
#include "kernels/elementwise/cast.h"
#include "kernels/elementwise/unary.h"
#include "kernels/elementwise/where.h"
#include "kernels/embedding/embedding.h"
#include "kernels/layout/copy.h"
#include "kernels/layout/gather.h"
#include "kernels/optim/adamw.h"
#include "kernels/optim/grad_norm.h"
#include "kernels/optim/sgd.h"
#include "kernels/random/dropout.h"
#include "kernels/reduce/segment_pool.h"
#include "test/native/emulation/moved_bytes.h"

namespace gridstride {
namespace cuda {
void activation_forward(const ActivationForwardArgs& args, Run& run);
void activation_backward(const ActivationBackwardArgs& args, Run& run);
void adamw(const AdamWArgs& args, Run& run);
void binary(const BinaryArgs& args, Run& run);
void cast(const CastArgs& args, Run& run);
void copy(const CopyArgs& args, Run& run);
void dropout(const DropoutArgs& args, Run& run);
void embedding_forward(const EmbeddingForwardArgs& args, Run& run);
void embedding_backward(const EmbeddingBackwardArgs& args, Run& run);
void gather_forward(const GatherForwardArgs& args, Run& run);
void grad_norm_partial(const GradNormPartialArgs& args, Run& run);
void segment_pool_forward(const SegmentPoolForwardArgs& args, Run& run);
void segment_pool_backward(const SegmentPoolBackwardArgs& args, Run& run);
void sgd(const SgdArgs& args, Run& run);
void unary(const UnaryArgs& args, Run& run);
void where(const WhereArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

constexpr int64_t kColumns = 768;

// Alone, and with a bias, its gradient and dropout.
void activation(DType dtype, bool fused) {
  constexpr int64_t kWidth = 3072;
  const int64_t count = kRows * kWidth, bytes = count * dtype_size(dtype), row = kWidth * dtype_size(dtype);
  const std::string what = fused ? "activation with bias and dropout" : "activation";
  Memory f, b;
  ActivationForwardArgs forward{};
  forward.x = f.take(bytes), forward.y = f.take(bytes), forward.rows = kRows, forward.columns = kWidth;
  forward.kind = Activation::gelu, forward.dtype = dtype;
  if (fused) forward.bias = f.take(row), forward.dropout = {{f.take_as<int64_t>(2), 0}, 0.1};
  expect_moved(named((what + " forward").c_str(), dtype, count), f,
               [&](cuda::Run& run) { cuda::activation_forward(forward, run); });
  ActivationBackwardArgs backward{};
  backward.x = b.take(bytes), backward.dy = b.take(bytes), backward.dx = b.take(bytes);
  backward.rows = kRows, backward.columns = kWidth;
  backward.kind = Activation::gelu, backward.dtype = dtype, backward.grad_dtype = DType::f32;
  if (fused) backward.bias = b.take(row), backward.dbias = b.take(kWidth * 4);
  if (fused) backward.dropout = {{b.take_as<int64_t>(2), 0}, 0.1};
  expect_moved(named((what + " backward").c_str(), dtype, count), b,
               [&](cuda::Run& run) { cuda::activation_backward(backward, run); });
}

// Sum of two tensors, or of one and a row; casts; copies, also of a transpose.
void elementwise(DType dtype) {
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

void embedding(DType dtype) {
  constexpr int64_t kVocabulary = 400;
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

// The whole table is written; tokens are more than words, as in training.
void embedding_gradient(DType dtype) {
  constexpr int64_t kTokens = 1024, kVocabulary = 400;
  Memory m;
  EmbeddingBackwardArgs args{};
  auto* ids = m.take_as<int64_t>(kTokens);
  for (int64_t i = 0; i < kTokens; ++i) ids[i] = i * 7 % kVocabulary;
  args.ids = ids, args.dy = m.take(kTokens * kColumns * dtype_size(dtype));
  args.dtable = m.take(kVocabulary * kColumns * 4);
  args.rows = kTokens, args.vocabulary = kVocabulary, args.channels = kColumns, args.padding_index = -1;
  args.dtype = dtype, args.gradient_dtype = DType::f32, args.id_dtype = DType::i64;
  expect_moved(named("embedding backward", dtype, kColumns), m,
               [&](cuda::Run& run) { cuda::embedding_backward(args, run); });
}

void choices(DType dtype) {
  const int64_t count = kRows * kColumns, bytes = count * dtype_size(dtype);
  Memory u, w, g;
  UnaryArgs negate{};
  negate.x = u.take(bytes), negate.y = u.take(bytes), negate.rank = 1, negate.op = UnaryOp::neg, negate.dtype = dtype;
  negate.sizes[0] = count, negate.x_strides[0] = negate.y_strides[0] = 1;
  expect_moved(named("unary", dtype, count), u, [&](cuda::Run& run) { cuda::unary(negate, run); });
  WhereArgs where{};
  where.condition = w.take(count), where.a = w.take(bytes), where.b = w.take(bytes), where.y = w.take(bytes);
  where.rank = 1, where.dtype = dtype, where.sizes[0] = count;
  where.condition_strides[0] = where.a_strides[0] = where.b_strides[0] = where.y_strides[0] = 1;
  expect_moved(named("where", dtype, count), w, [&](cuda::Run& run) { cuda::where(where, run); });
  GatherForwardArgs gather{};
  auto* index = g.take_as<int32_t>(count);
  for (int64_t i = 0; i < count; ++i) index[i] = static_cast<int32_t>(i / kColumns * 5 % kRows);
  gather.x = g.take(bytes), gather.index = index, gather.y = g.take(bytes);
  gather.sizes[0] = gather.size = kRows, gather.sizes[1] = kColumns, gather.rank = 2, gather.dim = 0;
  gather.x_strides[0] = gather.index_strides[0] = kColumns, gather.x_strides[1] = gather.index_strides[1] = 1;
  gather.dtype = dtype, gather.index_dtype = DType::i32;
  expect_moved(named("gather of rows", dtype, count), g, [&](cuda::Run& run) { cuda::gather_forward(gather, run); });
}

// The mean of sequences of 1 to 31 tokens.
void pooling(DType dtype) {
  constexpr int64_t kSegments = 16;
  std::array<int32_t, kSegments + 1> offsets{};
  for (int i = 0; i < kSegments; ++i) offsets[i + 1] = offsets[i] + 1 + 2 * i;
  const int64_t tokens = offsets[kSegments], bytes = tokens * kColumns * dtype_size(dtype);
  const int64_t pooled = kSegments * kColumns * dtype_size(dtype);
  Memory f, b;
  const auto starts = [&](Memory& memory) {
    auto* copy = memory.take_as<int32_t>(kSegments + 1);
    std::copy(offsets.begin(), offsets.end(), copy);
    return copy;
  };
  const SegmentPoolForwardArgs forward{f.take(bytes), starts(f), f.take(pooled), nullptr, tokens,
                                       kSegments,     kColumns,  PoolKind::mean, dtype};
  expect_moved(named("pooling forward", dtype, tokens), f,
               [&](cuda::Run& run) { cuda::segment_pool_forward(forward, run); });
  const SegmentPoolBackwardArgs backward{b.take(pooled), starts(b), nullptr,        b.take(bytes), tokens,
                                         kSegments,      kColumns,  PoolKind::mean, dtype};
  expect_moved(named("pooling backward", dtype, tokens), b,
               [&](cuda::Run& run) { cuda::segment_pool_backward(backward, run); });
}

constexpr int64_t kParameters = 768 * 256;  // of a tensor, of which there are two

void adamw(DType dtype) {
  Memory m;
  AdamWArgs args{};
  args.tensors = 2;
  for (int i = 0; i < args.tensors; ++i) {
    args.gradients[i] = m.take(kParameters * dtype_size(dtype));
    for (void** tensor : {&args.weights[i], &args.first_moments[i], &args.second_moments[i]}) {
      m.take(kParameters * 4);  // it is read, and written
      *tensor = m.take(kParameters * 4);
    }
    args.copies[i] = m.take(kParameters * 2);
    args.counts[i] = kParameters, args.dtypes[i] = dtype, args.rate_factors[i] = 1;
  }
  args.schedule = m.take_as<float>(2);
  args.beta1 = 0.9, args.beta2 = 0.999, args.epsilon = 1e-8, args.copy_dtype = DType::bf16;
  expect_moved(named("adamw, gradients", dtype, 2 * kParameters), m, [&](cuda::Run& run) { cuda::adamw(args, run); });
}

void sgd(DType dtype) {
  Memory m, n;
  SgdArgs args{};
  GradNormPartialArgs norm{};
  args.tensors = norm.tensors = 2;
  for (int i = 0; i < args.tensors; ++i) {
    args.gradients[i] = m.take(kParameters * dtype_size(dtype));
    norm.gradients[i] = n.take(kParameters * dtype_size(dtype));
    for (void** tensor : {&args.weights[i], &args.momenta[i]}) {
      m.take(kParameters * 4);  // it is read, and written
      *tensor = m.take(kParameters * 4);
    }
    args.counts[i] = norm.counts[i] = kParameters, args.rate_factors[i] = 1;
    args.dtypes[i] = norm.dtypes[i] = dtype;
  }
  args.schedule = m.take_as<float>(2), args.momentum = 0.9;
  expect_moved(named("sgd, gradients", dtype, 2 * kParameters), m, [&](cuda::Run& run) { cuda::sgd(args, run); });
  norm.squares = n.take_as<double>(2);
  expect_moved(named("gradient norm", dtype, 2 * kParameters), n,
               [&](cuda::Run& run) { cuda::grad_norm_partial(norm, run); });
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  return main_of_race_build([] {
    for (const DType dtype : {DType::bf16, DType::f32}) {
      activation(dtype, false);
      activation(dtype, true);
      elementwise(dtype);
      embedding(dtype);
      embedding_gradient(dtype);
      choices(dtype);
      pooling(dtype);
      test::adamw(dtype);
      test::sgd(dtype);
    }
  });
}
