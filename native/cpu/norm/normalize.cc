#include "native/cpu/norm/normalize.h"

#include <algorithm>
#include <cmath>

#include "native/cpu/random/draw.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void normalize_forward(const LayerNormForwardArgs&, bool centred, const NormWork&, Run&);)
GS_PER_ISA(void normalize_backward(const LayerNormBackwardArgs&, bool centred, const NormWork&, Run&);)

namespace gridstride::cpu {

namespace {

// At most 64 chunks of at least 16 rows.
int64_t rows_per_chunk(int64_t rows) { return std::max<int64_t>(16, (rows + 63) / 64); }

double parameter(const void* row, DType dtype, int64_t c, double absent) {
  return row ? number_at(row, dtype, c) : absent;
}

template <class T>
void reference_forward_row(const LayerNormForwardArgs& args, bool centred, int64_t r) {
  const int64_t c = args.channels, at = r * c;
  const T* x = static_cast<const T*>(args.x);
  const T* residual = static_cast<const T*>(args.residual);
  T* kept = static_cast<T*>(args.sum);
  const bool rounds = kept && (residual || args.dropout.p > 0);
  const auto value = [&](int64_t i) {
    const double s = drop_element(args.dropout, widen(x[at + i]), at + i) + (residual ? widen(residual[at + i]) : 0);
    return rounds ? widen(narrow<T>(s)) : s;
  };
  double mean = 0, variance = 0;
  for (int64_t i = 0; i < c && centred; ++i) mean += value(i) / static_cast<double>(c);
  for (int64_t i = 0; i < c; ++i) variance += (value(i) - mean) * (value(i) - mean) / static_cast<double>(c);
  const double inv_std = 1.0 / std::sqrt(variance + args.epsilon);
  for (int64_t i = 0; i < c; ++i) {
    const double s = value(i);
    if (rounds) kept[at + i] = narrow<T>(s);
    static_cast<T*>(args.y)[at + i] =
        narrow<T>((s - mean) * inv_std * parameter(args.gamma, args.parameter_dtype, i, 1) +
                  parameter(args.beta, args.parameter_dtype, i, 0));
  }
  if (args.mean) static_cast<Statistic<T>*>(args.mean)[r] = static_cast<Statistic<T>>(mean);
  if (args.inv_std) static_cast<Statistic<T>*>(args.inv_std)[r] = static_cast<Statistic<T>>(inv_std);
}

// Saved values and gradients of one row in double.
template <class T>
struct Row {
  Row(const LayerNormBackwardArgs& args, bool centred, int64_t r)
      : args_(args),
        at_(r * args.channels),
        mean_(centred ? static_cast<const Statistic<T>*>(args.mean)[r] : 0),
        inv_std_(static_cast<const Statistic<T>*>(args.inv_std)[r]) {}
  double dy(int64_t i) const { return widen(static_cast<const T*>(args_.dy)[at_ + i]); }
  double h(int64_t i) const { return (widen(static_cast<const T*>(args_.x)[at_ + i]) - mean_) * inv_std_; }
  double g(int64_t i) const { return dy(i) * parameter(args_.gamma, args_.parameter_dtype, i, 1); }
  double dsum(int64_t i) const { return args_.dsum ? widen(static_cast<const T*>(args_.dsum)[at_ + i]) : 0; }
  double inv_std() const { return inv_std_; }

 private:
  const LayerNormBackwardArgs& args_;
  int64_t at_;
  double mean_, inv_std_;
};

template <class T>
void reference_dx_row(const LayerNormBackwardArgs& args, bool centred, int64_t r) {
  const Row<T> row(args, centred, r);
  const auto c = static_cast<double>(args.channels);
  double mean_g = 0, mean_gh = 0;
  for (int64_t i = 0; i < args.channels; ++i) {
    if (centred) mean_g += row.g(i) / c;
    mean_gh += row.g(i) * row.h(i) / c;
  }
  for (int64_t i = 0; i < args.channels; ++i) {
    const double d = row.inv_std() * (row.g(i) - mean_g - row.h(i) * mean_gh) + row.dsum(i);
    const int64_t at = r * args.channels + i;
    if (args.dresidual) static_cast<T*>(args.dresidual)[at] = narrow<T>(d);
    if (args.dx) static_cast<T*>(args.dx)[at] = narrow<T>(drop_element(args.dropout, d, at));
  }
}

template <class T>
void reference_parameters(const LayerNormBackwardArgs& args, bool centred, int64_t i) {
  double dgamma = 0, dbeta = 0;
  for (int64_t r = 0; r < args.rows; ++r) {
    const Row<T> row(args, centred, r);
    dgamma += row.dy(i) * row.h(i);
    dbeta += row.dy(i);
  }
  if (args.dgamma) static_cast<Statistic<T>*>(args.dgamma)[i] = static_cast<Statistic<T>>(dgamma);
  if (args.dbeta) static_cast<Statistic<T>*>(args.dbeta)[i] = static_cast<Statistic<T>>(dbeta);
}

}  // namespace

NormWork prepare_norm(const NormParameters& parameters, int64_t rows, int64_t channels, Run& run) {
  NormWork work{};
  work.rows_per_chunk = rows_per_chunk(rows);
  const int64_t chunks = (rows + work.rows_per_chunk - 1) / work.rows_per_chunk;
  float* block = static_cast<float*>(run.workspace((2 + 2 * chunks) * channels * 4));
  work.gamma = block;
  work.beta = block + channels;
  work.partial = block + 2 * channels;
  for (int64_t c = 0; c < channels; ++c) {
    work.gamma[c] = static_cast<float>(parameter(parameters.gamma, parameters.dtype, c, 1));
    work.beta[c] = static_cast<float>(parameter(parameters.beta, parameters.dtype, c, 0));
  }
  return work;
}

void normalize_forward(const LayerNormForwardArgs& args, bool centred, Run& run) {
  if (!run.is_reference() && is_vectorised(args.dtype)) {
    const NormWork work = prepare_norm({args.gamma, args.beta, args.parameter_dtype}, 0, args.channels, run);
    GS_DISPATCH(run.isa, normalize_forward, args, centred, work, run);
    return;
  }
  with_floating("layer_norm", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.parallel(args.rows, [&](int64_t r, int) { reference_forward_row<T>(args, centred, r); });
  });
}

void normalize_backward(const LayerNormBackwardArgs& args, bool centred, Run& run) {
  if (!run.is_reference() && is_vectorised(args.dtype)) {
    const NormWork work = prepare_norm({args.gamma, nullptr, args.parameter_dtype}, args.rows, args.channels, run);
    GS_DISPATCH(run.isa, normalize_backward, args, centred, work, run);
    return;
  }
  with_floating("layer_norm", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    // Sums over rows come first: dx or dresidual may lie where dy does.
    if (args.dgamma || args.dbeta)
      run.pool.parallel(args.channels, [&](int64_t i, int) { reference_parameters<T>(args, centred, i); });
    if (args.dx || args.dresidual)
      run.pool.parallel(args.rows, [&](int64_t r, int) { reference_dx_row<T>(args, centred, r); });
  });
}

}  // namespace gridstride::cpu
