#include "kernels/embedding/embeddings.h"

#include "native/ops/embedding/embedding_check.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/norm/norm_check.h"
#include "native/ops/random/random_state.h"

namespace gridstride::ops {

namespace {

using EmbeddingsLaunch = Launch<EmbeddingsForwardArgs>;

struct TableInput {
  const std::optional<Tensor>& rows;
  const std::optional<Tensor>& ids;
};

// Checks a table against the output and enters it; returns the bytes that are read of it.
int64_t read_table(EmbeddingsLaunch* launch, EmbeddingTable* table, const TableInput& input, const Tensor& y) {
  if (!input.rows) return 0;
  const Tensor& given = *input.rows;
  check_floating("embeddings", given);
  check_same_device("embeddings", {&y, &given, input.ids ? &*input.ids : nullptr});
  if ((given.dtype == DType::f64) != (y.dtype == DType::f64))
    throw Error(ErrorCode::kDType, std::string("embeddings: f64 must not be mixed with other dtypes, got a table of ") +
                                       dtype_name(given.dtype) + " for " + dtype_name(y.dtype));
  const int64_t channels = y.shape[-1];
  if (input.ids) {
    check_embedding("embeddings", *input.ids, given.shape);
    check_shape("embeddings", "ids", *input.ids, row_shape(y.shape));
    check_shape("embeddings", "the table", given, {given.shape[0], channels});
    launch->read(table->ids, contiguous(*input.ids));
    table->id_dtype = input.ids->dtype;
  } else {
    check_shape("embeddings", "a table without ids", given, y.shape);
  }
  launch->read(table->rows, contiguous(given));
  table->size = given.shape[0];
  table->dtype = given.dtype;
  return y.numel() * dtype_size(given.dtype) + (input.ids ? input.ids->numel() * dtype_size(input.ids->dtype) : 0);
}

// (...ids, C), or the rows' own shape.
Shape output_shape(const Tensor& words, const std::optional<Tensor>& ids) {
  if (words.shape.rank < 1) fail_shape("embeddings", "words must have a last dimension, got a scalar");
  if (!ids) return words.shape;
  check_embedding("embeddings", *ids, words.shape);
  return rows_shape(ids->shape, words.shape[1]);
}

}  // namespace

// y = dropout(norm(words[ids] + positions[ids] + types[ids])): the rows themselves where ids are absent, no norm where
// gamma is. With `keep` and a norm, also the sum, mean and inv_std.
std::vector<Tensor> embeddings_forward(const Tensor& words, const std::optional<Tensor>& word_ids,
                                       const std::optional<Tensor>& positions,
                                       const std::optional<Tensor>& position_ids, const std::optional<Tensor>& types,
                                       const std::optional<Tensor>& type_ids, const std::optional<Tensor>& gamma_input,
                                       const std::optional<Tensor>& beta_input, const std::optional<Tensor>& state,
                                       int64_t delta, double dropout, double epsilon, bool keep, DType dtype) {
  const Tensor y = empty(words.device(), dtype, output_shape(words, word_ids));
  check_floating("embeddings", y);
  const Tensor gamma = norm_parameter("embeddings", "gamma", gamma_input, y);
  const Tensor beta = norm_parameter("embeddings", "beta", beta_input, y);
  check_same_dtype("embeddings", {&gamma, &beta});
  keep = keep && gamma;
  const Tensor sum = keep ? empty_like(y) : Tensor{};
  const Tensor mean = keep ? empty(y.device(), wide_dtype(dtype), row_shape(y.shape)) : Tensor{};
  const Tensor inv_std = keep ? empty_like(mean) : Tensor{};
  EmbeddingsLaunch launch(OpId::embeddings_forward);
  int64_t bytes = y.numel() * dtype_size(dtype) * (keep ? 2 : 1);
  bytes += read_table(&launch, &launch.args.words, {words, word_ids}, y);
  bytes += read_table(&launch, &launch.args.positions, {positions, position_ids}, y);
  bytes += read_table(&launch, &launch.args.types, {types, type_ids}, y);
  read_dropout("embeddings", &launch, &launch.args.dropout, {state, delta, dropout}, y);
  launch.read(launch.args.gamma, gamma);
  launch.read(launch.args.beta, beta);
  launch.write(launch.args.y, y);
  launch.write(launch.args.sum, sum);
  launch.write(launch.args.mean, mean);
  launch.write(launch.args.inv_std, inv_std);
  launch.args.rows = y.shape.rows();
  launch.args.channels = y.shape[-1];
  launch.args.epsilon = epsilon;
  launch.args.dtype = dtype;
  launch.args.parameter_dtype = gamma ? gamma.dtype : dtype;
  // Only the rows asked for are read, not the tables.
  launch.submit(10.0 * static_cast<double>(y.numel()), static_cast<double>(bytes));
  return {y, sum, mean, inv_std};
}
GS_EXPORT_OP(embeddings_forward, "words", "word_ids", "positions", "position_ids", "types", "type_ids", "gamma", "beta",
             "state", "delta", "dropout", "epsilon", "keep", "dtype")

}  // namespace gridstride::ops
