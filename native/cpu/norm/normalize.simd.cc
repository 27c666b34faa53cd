#include "native/cpu/norm/normalize.h"

#include "native/cpu/norm/normalize_row.h"
#include "native/cpu/simd/dropout.h"

GS_PER_ISA(void normalize_forward(const LayerNormForwardArgs&, bool centred, const NormWork&, Run&);)
GS_PER_ISA(void normalize_backward(const LayerNormBackwardArgs&, bool centred, const NormWork&, Run&);)

namespace gridstride::cpu::GS_ISA {

namespace {

template <class T>
struct ForwardRow {
  const T* x;
  const T* residual;  // null: none
  T* y;
  T* sum;  // null: not kept
};

// Row r of the sum, as rounded to T.
template <class T>
void sum_row(const ForwardRow<T>& row, int64_t r, int64_t c, const DropoutMask& mask) {
  const auto add = [&](int64_t i, int64_t m, Vec x) {
    store_some(row.sum + i, row.residual ? x + load_some(row.residual + i, m) : x, m);
  };
  if (mask.drops())
    mask.each(r * c, c,
              [&](int64_t i, int64_t m, VecInt kept) { add(i, m, mask.apply(load_some(row.x + i, m), kept)); });
  else
    each_vector(c, [&](int64_t i, int64_t m) { add(i, m, load_some(row.x + i, m)); });
}

template <class T>
RowStatistics forward_row(const ForwardRow<T>& row, const LayerNormForwardArgs& args, bool centred,
                          const NormWork& work) {
  const auto normalize = [&](auto value) {
    return normalize_row(row.y, args.channels, args.epsilon, centred, work, value);
  };
  const T* in = row.sum ? row.sum : row.x;
  if (row.residual && !row.sum)
    return normalize([&](int64_t i, int64_t m) { return load_some(in + i, m) + load_some(row.residual + i, m); });
  return normalize([&](int64_t i, int64_t m) { return load_some(in + i, m); });
}

template <class T>
void forward(const LayerNormForwardArgs& args, bool centred, const NormWork& work, Run& run) {
  const int64_t c = args.channels;
  const int64_t grain = c > 16384 ? 1 : 16384 / (c > 0 ? c : 1);
  const DropoutMask mask(args.dropout);
  const bool sums = args.sum && (args.residual || mask.drops());
  run.pool.ranges(args.rows, grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t r = begin; r < end; ++r) {
      const ForwardRow<T> row = {static_cast<const T*>(args.x) + r * c,
                                 args.residual ? static_cast<const T*>(args.residual) + r * c : nullptr,
                                 static_cast<T*>(args.y) + r * c, sums ? static_cast<T*>(args.sum) + r * c : nullptr};
      if (sums) sum_row(row, r, c, mask);
      const RowStatistics statistics = forward_row(row, args, centred, work);
      if (args.mean) static_cast<float*>(args.mean)[r] = statistics.mean;
      if (args.inv_std) static_cast<float*>(args.inv_std)[r] = statistics.inv_std;
    }
  });
}

template <class T>
struct BackwardRow {
  const T* dy;
  const T* dsum;
  const T* x;
  T* dx;  // null: not wanted
  T* dresidual;
  float* dgamma;  // chunk sums, null: not wanted
  float* dbeta;
  float mean, inv_std;
};

// One pass for the two means and the chunk sums, a second for dx and dresidual.
template <class T>
void backward_row(const BackwardRow<T>& row, int64_t r, int64_t c, bool centred, const float* gamma,
                  const DropoutMask& mask) {
  Vec sum_g{}, sum_gh{};
  each_vector(c, [&](int64_t i, int64_t m) {
    const Vec dy = load_some(row.dy + i, m);
    const Vec h = (load_some(row.x + i, m) - row.mean) * row.inv_std;
    const Vec g = dy * load_some(gamma + i, m);  // zero past the row's end, as dy is
    sum_g += g;
    sum_gh += g * h;
    if (!row.dgamma) return;
    store_some(row.dgamma + i, load_some(row.dgamma + i, m) + dy * h, m);
    store_some(row.dbeta + i, load_some(row.dbeta + i, m) + dy, m);
  });
  if (!row.dx && !row.dresidual) return;
  const float scale = 1.0f / static_cast<float>(c);
  const float mean_g = centred ? sum_lanes(sum_g) * scale : 0.0f, mean_gh = sum_lanes(sum_gh) * scale;
  const auto gradient = [&](int64_t i, int64_t m) {
    const Vec h = (load_some(row.x + i, m) - row.mean) * row.inv_std;
    const Vec d = (load_some(row.dy + i, m) * load_some(gamma + i, m) - mean_g - h * mean_gh) * row.inv_std;
    return row.dsum ? d + load_some(row.dsum + i, m) : d;
  };
  const auto write = [&](int64_t i, int64_t m, Vec dresidual, Vec dx) {
    if (row.dresidual) store_some(row.dresidual + i, dresidual, m);
    if (row.dx) store_some(row.dx + i, dx, m);
  };
  if (mask.drops() && row.dx) {
    mask.each(r * c, c, [&](int64_t i, int64_t m, VecInt kept) {
      const Vec d = gradient(i, m);
      write(i, m, d, mask.apply(d, kept));
    });
  } else {
    each_vector(c, [&](int64_t i, int64_t m) {
      const Vec d = gradient(i, m);
      write(i, m, d, d);
    });
  }
}

template <class T>
void backward(const LayerNormBackwardArgs& args, bool centred, const NormWork& work, Run& run) {
  const int64_t c = args.channels;
  const bool sums = args.dgamma || args.dbeta;
  const DropoutMask mask(args.dropout);
  run.pool.ranges(args.rows, work.rows_per_chunk, [&](int64_t begin, int64_t end, int) {
    float* partial = work.partial + begin / work.rows_per_chunk * 2 * c;
    if (sums) memset(partial, 0, static_cast<size_t>(2 * c) * sizeof(float));
    for (int64_t r = begin; r < end; ++r) {
      const BackwardRow<T> row = {static_cast<const T*>(args.dy) + r * c,
                                  args.dsum ? static_cast<const T*>(args.dsum) + r * c : nullptr,
                                  static_cast<const T*>(args.x) + r * c,
                                  args.dx ? static_cast<T*>(args.dx) + r * c : nullptr,
                                  args.dresidual ? static_cast<T*>(args.dresidual) + r * c : nullptr,
                                  sums ? partial : nullptr,
                                  partial + c,
                                  centred ? static_cast<const float*>(args.mean)[r] : 0.0f,
                                  static_cast<const float*>(args.inv_std)[r]};
      backward_row(row, r, c, centred, work.gamma, mask);
    }
  });
}

// Sums of chunks, in order, by blocks of columns.
void add_chunks(const LayerNormBackwardArgs& args, const NormWork& work, Run& run) {
  const int64_t c = args.channels;
  const int64_t chunks = (args.rows + work.rows_per_chunk - 1) / work.rows_per_chunk;
  run.pool.ranges(c, 256, [&](int64_t begin, int64_t end, int) {
    each_vector(end - begin, [&](int64_t i, int64_t m) {
      Vec dgamma{}, dbeta{};
      for (int64_t k = 0; k < chunks; ++k) {
        const float* partial = work.partial + k * 2 * c + begin + i;
        dgamma += load_some(partial, m);
        dbeta += load_some(partial + c, m);
      }
      if (args.dgamma) store_some(static_cast<float*>(args.dgamma) + begin + i, dgamma, m);
      if (args.dbeta) store_some(static_cast<float*>(args.dbeta) + begin + i, dbeta, m);
    });
  });
}

}  // namespace

void normalize_forward(const LayerNormForwardArgs& args, bool centred, const NormWork& work, Run& run) {
  with_storage(args.dtype, [&](auto tag) { forward<typename decltype(tag)::type>(args, centred, work, run); });
}

void normalize_backward(const LayerNormBackwardArgs& args, bool centred, const NormWork& work, Run& run) {
  with_storage(args.dtype, [&](auto tag) { backward<typename decltype(tag)::type>(args, centred, work, run); });
  if (args.dgamma || args.dbeta) add_chunks(args, work, run);
}

}  // namespace gridstride::cpu::GS_ISA
