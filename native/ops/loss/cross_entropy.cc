#include "kernels/loss/cross_entropy.h"

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/loss/loss_check.h"

namespace gridstride::ops {

namespace {

Tensor check_cross_entropy(const Tensor& logits, const Tensor& labels, const std::optional<Tensor>& weights,
                           double label_smoothing) {
  check_floating("cross_entropy", logits);
  check_rank("cross_entropy", "logits", logits, 2);
  check_same_device("cross_entropy", {&logits, &labels});
  check_shape("cross_entropy", "labels", labels, {logits.shape[0]});
  check_index_dtype("cross_entropy", "labels", labels);
  if (!(label_smoothing >= 0 && label_smoothing <= 1))
    throw Error(ErrorCode::kConfig,
                "cross_entropy: labelSmoothing must lie in [0, 1], got " + std::to_string(label_smoothing));
  if (!weights) return {};
  check_same_device("cross_entropy", {&logits, &*weights});
  check_dtype("cross_entropy", "weight", *weights, loss_dtype(logits.dtype));
  check_shape("cross_entropy", "weight", *weights, {logits.shape[1]});
  return contiguous(*weights);
}

}  // namespace

// {loss, lse, normaliser}: the last two are what the gradient needs.
std::vector<Tensor> cross_entropy_forward(const Tensor& logits_input, const Tensor& labels_input,
                                          const std::optional<Tensor>& weights_input, int64_t ignore_index,
                                          double label_smoothing, Reduction reduction) {
  const Tensor weights = check_cross_entropy(logits_input, labels_input, weights_input, label_smoothing);
  const Tensor logits = with_uniform_rows(logits_input), labels = contiguous(labels_input);
  const Shape rows{logits.shape[0]};
  const Tensor loss = empty_loss(logits, rows, reduction);
  const Tensor lse = empty(logits.device(), loss_dtype(logits.dtype), rows);
  const Tensor normaliser = empty(logits.device(), loss_dtype(logits.dtype), {1});
  Launch<CrossEntropyForwardArgs> launch(OpId::cross_entropy_forward);
  launch.read(launch.args.logits, logits);
  launch.read(launch.args.labels, labels);
  launch.read(launch.args.weights, weights);
  launch.write(launch.args.loss, loss);
  launch.write(launch.args.lse, lse);
  launch.write(launch.args.normaliser, normaliser);
  launch.args.rows = logits.shape[0];
  launch.args.classes = logits.shape[1];
  launch.args.logits_stride = logits.row_stride();
  launch.args.ignore_index = ignore_index;
  launch.args.label_smoothing = label_smoothing;
  launch.args.reduction = reduction;
  launch.args.dtype = logits.dtype;
  launch.args.label_dtype = labels.dtype;
  launch.submit(4.0 * static_cast<double>(logits.numel()));
  return {loss, lse, normaliser};
}
GS_EXPORT_OP(cross_entropy_forward, "logits", "labels", "weights", "ignore_index", "label_smoothing", "reduction")

Tensor cross_entropy_backward(const Tensor& logits_input, const Tensor& labels_input,
                              const std::optional<Tensor>& weights_input, const Tensor& lse, const Tensor& normaliser,
                              const Tensor& gradient, int64_t ignore_index, double label_smoothing,
                              Reduction reduction) {
  const Tensor weights = check_cross_entropy(logits_input, labels_input, weights_input, label_smoothing);
  const Tensor logits = with_uniform_rows(logits_input), labels = contiguous(labels_input);
  const Tensor dloss = loss_gradient("cross_entropy", gradient, logits, {logits.shape[0]}, reduction);
  const Tensor dlogits = empty(logits.device(), logits.dtype, logits.shape);
  Launch<CrossEntropyBackwardArgs> launch(OpId::cross_entropy_backward);
  launch.read(launch.args.logits, logits);
  launch.read(launch.args.labels, labels);
  launch.read(launch.args.weights, weights);
  launch.read(launch.args.lse, lse);
  launch.read(launch.args.normaliser, normaliser);
  launch.read(launch.args.dloss, dloss);
  launch.write(launch.args.dlogits, dlogits);
  launch.args.rows = logits.shape[0];
  launch.args.classes = logits.shape[1];
  launch.args.logits_stride = logits.row_stride();
  launch.args.dlogits_stride = logits.shape[1];
  launch.args.ignore_index = ignore_index;
  launch.args.label_smoothing = label_smoothing;
  launch.args.reduction = reduction;
  launch.args.dtype = logits.dtype;
  launch.args.label_dtype = labels.dtype;
  launch.submit(5.0 * static_cast<double>(logits.numel()));
  return dlogits;
}
GS_EXPORT_OP(cross_entropy_backward, "logits", "labels", "weights", "lse", "normaliser", "dloss", "ignore_index",
             "label_smoothing", "reduction")

}  // namespace gridstride::ops
