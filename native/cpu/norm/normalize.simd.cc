#include "native/cpu/norm/normalize.h"

#include "native/cpu/simd/math.h"
#include "native/cpu/simd/sum.h"

GS_PER_ISA(void normalize_forward(const LayerNormForwardArgs&, bool centred, const NormWork&, Run&);)
GS_PER_ISA(void normalize_backward(const LayerNormBackwardArgs&, bool centred, const NormWork&, Run&);)

namespace gridstride::cpu::GS_ISA {

namespace {

template <class T>
struct ForwardRow {
  const T* x;
  const T* residual;
  T* y;
  T* sum;
  float mean, inv_std;  // out
};

template <class T, bool has_residual>
void forward_row(ForwardRow<T>& row, const LayerNormForwardArgs& args, bool centred, const NormWork& work) {
  const int64_t c = args.channels;
  const T* in = row.x;
  bool add = has_residual;
  if (has_residual && row.sum) {
    each_vector(c, [&](int64_t i, int64_t m) {
      store_some(row.sum + i, load_some(row.x + i, m) + load_some(row.residual + i, m), m);
    });
    in = row.sum;
    add = false;
  }
  const auto value = [&](int64_t i, int64_t m) {
    return add ? load_some(in + i, m) + load_some(row.residual + i, m) : load_some(in + i, m);
  };
  const float mean = centred ? sum_terms(c, value) / static_cast<float>(c) : 0.0f;
  const float squares = sum_terms(c, [&](int64_t i, int64_t m) {
    const Vec d = value(i, m) - mean;
    return d * d;
  });
  const float variance = squares / static_cast<float>(c) + static_cast<float>(args.epsilon);
  const float inv_std = 1.0f / __builtin_sqrtf(variance);
  each_vector(c, [&](int64_t i, int64_t m) {
    const Vec h = (value(i, m) - mean) * inv_std;
    store_some(row.y + i, h * load_some(work.gamma + i, m) + load_some(work.beta + i, m), m);
  });
  row.mean = mean;
  row.inv_std = inv_std;
}

template <class T, bool has_residual>
void forward(const LayerNormForwardArgs& args, bool centred, const NormWork& work, Run& run) {
  const int64_t c = args.channels;
  const int64_t grain = c > 16384 ? 1 : 16384 / (c > 0 ? c : 1);
  run.pool.ranges(args.rows, grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t r = begin; r < end; ++r) {
      ForwardRow<T> row = {static_cast<const T*>(args.x) + r * c,
                           has_residual ? static_cast<const T*>(args.residual) + r * c : nullptr,
                           static_cast<T*>(args.y) + r * c,
                           args.sum ? static_cast<T*>(args.sum) + r * c : nullptr,
                           0,
                           0};
      forward_row<T, has_residual>(row, args, centred, work);
      if (args.mean) static_cast<float*>(args.mean)[r] = row.mean;
      if (args.inv_std) static_cast<float*>(args.inv_std)[r] = row.inv_std;
    }
  });
}

template <class T>
struct BackwardRow {
  const T* dy;
  const T* dsum;
  const T* x;
  T* dx;
  float* dgamma;  // chunk sums, null: not wanted
  float* dbeta;
  float mean, inv_std;
};

// One pass for the two means and the chunk sums, a second for dx.
template <class T>
void backward_row(const BackwardRow<T>& row, int64_t c, bool centred, const float* gamma) {
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
  if (!row.dx) return;
  const float scale = 1.0f / static_cast<float>(c);
  const float mean_g = centred ? sum_lanes(sum_g) * scale : 0.0f, mean_gh = sum_lanes(sum_gh) * scale;
  each_vector(c, [&](int64_t i, int64_t m) {
    const Vec h = (load_some(row.x + i, m) - row.mean) * row.inv_std;
    Vec d = (load_some(row.dy + i, m) * load_some(gamma + i, m) - mean_g - h * mean_gh) * row.inv_std;
    if (row.dsum) d += load_some(row.dsum + i, m);
    store_some(row.dx + i, d, m);
  });
}

template <class T>
void backward(const LayerNormBackwardArgs& args, bool centred, const NormWork& work, Run& run) {
  const int64_t c = args.channels;
  const bool sums = args.dgamma || args.dbeta;
  run.pool.ranges(args.rows, work.rows_per_chunk, [&](int64_t begin, int64_t end, int) {
    float* partial = work.partial + begin / work.rows_per_chunk * 2 * c;
    if (sums) memset(partial, 0, static_cast<size_t>(2 * c) * sizeof(float));
    for (int64_t r = begin; r < end; ++r) {
      const BackwardRow<T> row = {static_cast<const T*>(args.dy) + r * c,
                                  args.dsum ? static_cast<const T*>(args.dsum) + r * c : nullptr,
                                  static_cast<const T*>(args.x) + r * c,
                                  args.dx ? static_cast<T*>(args.dx) + r * c : nullptr,
                                  sums ? partial : nullptr,
                                  partial + c,
                                  centred ? static_cast<const float*>(args.mean)[r] : 0.0f,
                                  static_cast<const float*>(args.inv_std)[r]};
      backward_row(row, c, centred, work.gamma);
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
  with_storage(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (args.residual)
      forward<T, true>(args, centred, work, run);
    else
      forward<T, false>(args, centred, work, run);
  });
}

void normalize_backward(const LayerNormBackwardArgs& args, bool centred, const NormWork& work, Run& run) {
  with_storage(args.dtype, [&](auto tag) { backward<typename decltype(tag)::type>(args, centred, work, run); });
  if (args.dgamma || args.dbeta) add_chunks(args, work, run);
}

}  // namespace gridstride::cpu::GS_ISA
