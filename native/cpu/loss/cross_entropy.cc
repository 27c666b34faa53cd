#include "native/cpu/loss/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/loss/cross_entropy.h"
#include "native/cpu/loss/labels.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void cross_entropy_forward_row(CrossEntropyRow& row);)
GS_PER_ISA(void cross_entropy_backward_row(const CrossEntropyRow& row);)

namespace gridstride::cpu {

namespace {

int64_t row_grain(int64_t classes) { return std::max<int64_t>(1, 8192 / std::max<int64_t>(1, classes)); }

template <class T>
double class_weight(const void* weights, int64_t v) {
  return weights ? static_cast<const Statistic<T>*>(weights)[v] : 1.0;
}

template <class T>
double weight_total(const void* weights, int64_t classes) {
  double total = weights ? 0 : static_cast<double>(classes);
  for (int64_t v = 0; v < classes && weights; ++v) total += class_weight<T>(weights, v);
  return total;
}

struct RowLoss {
  double loss, lse;
};

template <class T>
RowLoss reference_row(const CrossEntropyForwardArgs& args, int64_t r, int64_t label) {
  const T* x = static_cast<const T*>(args.logits) + r * args.logits_stride;
  double top = -INFINITY, total = 0, smooth = 0;
  for (int64_t v = 0; v < args.classes; ++v) top = std::max(top, widen(x[v]));
  for (int64_t v = 0; v < args.classes; ++v) total += std::exp(widen(x[v]) - top);
  const double lse = top + std::log(total);
  for (int64_t v = 0; v < args.classes && args.label_smoothing > 0; ++v)
    smooth += class_weight<T>(args.weights, v) * (lse - widen(x[v]));
  const double nll = class_weight<T>(args.weights, label) * (lse - widen(x[label]));
  return {(1 - args.label_smoothing) * nll + args.label_smoothing / static_cast<double>(args.classes) * smooth, lse};
}

template <class T>
RowLoss optimised_row(const CrossEntropyForwardArgs& args, int64_t r, int64_t label, cpu::Isa isa) {
  CrossEntropyRow row{};
  row.logits = static_cast<const T*>(args.logits) + r * args.logits_stride;
  row.weights = args.weights;
  row.classes = args.classes;
  row.label = label;
  row.label_smoothing = static_cast<float>(args.label_smoothing);
  row.dtype = args.dtype;
  GS_DISPATCH(isa, cross_entropy_forward_row, row);
  return {row.loss, row.lse};
}

// Losses of all rows go to `losses`; the saved lse and the loss or its parts are written from them.
template <class T>
void forward(const CrossEntropyForwardArgs& args, Run& run) {
  using S = Statistic<T>;
  const bool optimised = !run.is_reference() && is_vectorised(args.dtype);
  double* losses = static_cast<double*>(run.workspace(args.rows * 8));
  run.pool.ranges(args.rows, row_grain(args.classes), [&](int64_t begin, int64_t end, int) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t label = index_at(args.labels, args.label_dtype, r);
      RowLoss row = {0, 0};
      if (label != args.ignore_index)
        row = optimised ? optimised_row<T>(args, r, label, run.isa) : reference_row<T>(args, r, label);
      losses[r] = row.loss;
      static_cast<S*>(args.lse)[r] = static_cast<S>(row.lse);
    }
  });
  double total = 0, normaliser = 0;
  for (int64_t r = 0; r < args.rows; ++r) {
    const int64_t label = index_at(args.labels, args.label_dtype, r);
    total += losses[r];
    if (label != args.ignore_index) normaliser += class_weight<T>(args.weights, label);
    if (args.reduction == Reduction::none) static_cast<S*>(args.loss)[r] = static_cast<S>(losses[r]);
  }
  if (args.reduction != Reduction::mean) normaliser = 1;
  *static_cast<S*>(args.normaliser) = static_cast<S>(normaliser);
  if (args.reduction != Reduction::none) *static_cast<S*>(args.loss) = static_cast<S>(total / normaliser);
}

template <class T>
void reference_backward_row(const CrossEntropyRow& row, double lse, double scale, double smoothing, double total) {
  const T* x = static_cast<const T*>(row.logits);
  const double target = (1 - smoothing) * class_weight<T>(row.weights, row.label) * scale;
  const double spread = smoothing / static_cast<double>(row.classes) * scale;
  for (int64_t v = 0; v < row.classes; ++v) {
    const double p = std::exp(widen(x[v]) - lse);
    const double hit = v == row.label ? 1 : 0;
    const double value = target * (p - hit) + spread * (p * total - class_weight<T>(row.weights, v));
    static_cast<T*>(row.dlogits)[v] = narrow<T>(value);
  }
}

template <class T>
void backward(const CrossEntropyBackwardArgs& args, Run& run) {
  using S = Statistic<T>;
  const bool optimised = !run.is_reference() && is_vectorised(args.dtype);
  const double normaliser = *static_cast<const S*>(args.normaliser);
  const double total = weight_total<T>(args.weights, args.classes);
  run.pool.ranges(args.rows, row_grain(args.classes), [&](int64_t begin, int64_t end, int) {
    for (int64_t r = begin; r < end; ++r) {
      T* dx = static_cast<T*>(args.dlogits) + r * args.dlogits_stride;
      const int64_t label = index_at(args.labels, args.label_dtype, r);
      if (label == args.ignore_index) {
        memset(static_cast<void*>(dx), 0, static_cast<size_t>(args.classes) * sizeof(T));
        continue;
      }
      const double lse = static_cast<const S*>(args.lse)[r];
      const double scale = static_cast<const S*>(args.dloss)[args.reduction == Reduction::none ? r : 0] / normaliser;
      CrossEntropyRow row{};
      row.logits = static_cast<const T*>(args.logits) + r * args.logits_stride;
      row.dlogits = dx;
      row.weights = args.weights;
      row.classes = args.classes;
      row.label = label;
      row.label_smoothing = static_cast<float>(args.label_smoothing);
      row.weight_total = static_cast<float>(total);
      row.lse = static_cast<float>(lse);
      row.scale = static_cast<float>(scale);
      row.dtype = args.dtype;
      if (optimised)
        GS_DISPATCH(run.isa, cross_entropy_backward_row, row);
      else
        reference_backward_row<T>(row, lse, scale, args.label_smoothing, total);
    }
  });
}

}  // namespace

void cross_entropy_forward(const CrossEntropyForwardArgs& args, Run& run) {
  check_labels(args.labels, args.label_dtype, args.rows, args.classes, args.ignore_index);
  with_floating("cross_entropy", args.dtype, [&](auto tag) { forward<typename decltype(tag)::type>(args, run); });
}

void cross_entropy_backward(const CrossEntropyBackwardArgs& args, Run& run) {
  with_floating("cross_entropy", args.dtype, [&](auto tag) { backward<typename decltype(tag)::type>(args, run); });
}

}  // namespace gridstride::cpu
