#include "native/cpu/attention/attention_reference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/attention/attention_mask.h"
#include "native/cpu/storage.h"

namespace gridstride::cpu {

namespace {

// One sequence, query head and query.
struct Row {
  int64_t b, h, i, q_begin, sq, k_begin, skv;
  std::vector<int64_t> keys;  // that it sees, in order
};

std::vector<int64_t> seen_keys(const AttentionProblem& p, int64_t i, int64_t sq, int64_t k_begin, int64_t skv) {
  const AttentionRange band = visible_keys(p, i, sq, skv), globals = visible_globals(p, i, sq, skv);
  std::vector<int64_t> keys;
  for (int64_t j = 0; j < skv; ++j)
    if ((j >= band.begin && j < band.end) || (p.global_keys && p.global_keys[k_begin + j] && j < globals.end))
      keys.push_back(j);
  return keys;
}

template <class T>
struct Problem {
  const AttentionProblem& p;
  const T *q, *k, *v;

  // Calls body(row) for every query of sequence b and head h.
  template <class Body>
  void each_row(int64_t b, int64_t h, Body&& body) const {
    const int64_t q_begin = p.q_cu_seqlens[b], sq = p.q_cu_seqlens[b + 1] - q_begin;
    const int64_t k_begin = p.kv_cu_seqlens[b], skv = p.kv_cu_seqlens[b + 1] - k_begin;
    for (int64_t i = 0; i < sq; ++i) body(Row{b, h, i, q_begin, sq, k_begin, skv, seen_keys(p, i, sq, k_begin, skv)});
  }

  const T* q_of(const Row& r) const { return q + (r.q_begin + r.i) * p.q_stride + r.h * p.head_size; }
  int64_t kv_head(int64_t h) const { return h / (p.heads / p.kv_heads); }
  const T* k_of(const Row& r, int64_t j) const { return k + (r.k_begin + j) * p.k_stride + kv_head(r.h) * p.head_size; }
  const T* v_of(const Row& r, int64_t j) const { return v + (r.k_begin + j) * p.v_stride + kv_head(r.h) * p.head_size; }
  template <class U>
  double dot(const T* a, const U* b) const {
    double sum = 0;
    for (int64_t d = 0; d < p.head_size; ++d) sum += widen(a[d]) * widen(b[d]);
    return sum;
  }

  double score(const Row& r, int64_t j) const {
    const double s = p.scale * dot(q_of(r), k_of(r, j));
    if (p.bias.kind == AttentionBiasKind::relative) return s + relative_bias(r, j);
    const AttentionDenseBias& bias = p.bias.dense;
    if (p.bias.kind == AttentionBiasKind::none) return s;
    return s + value(bias.data, bias.dtype,
                     r.b * bias.batch_stride + r.h * bias.head_stride + r.i * bias.row_stride + j * bias.col_stride);
  }
  static double value(const void* data, DType dtype, int64_t at) {
    double x = 0;
    with_floating("attention", dtype,
                  [&](auto tag) { x = widen(static_cast<const typename decltype(tag)::type*>(data)[at]); });
    return x;
  }
  int64_t bucket(const Row& r, int64_t j) const {
    const AttentionRelativeBias& bias = p.bias.relative;
    return bias.bucket_of[relative_place(bias.reach, r.i, j, r.sq, r.skv)];
  }
  double relative_bias(const Row& r, int64_t j) const {
    const AttentionRelativeBias& bias = p.bias.relative;
    const auto term = [&](const AttentionTerms& terms, int64_t token) {
      const int64_t at = token * terms.token_stride + r.h * terms.head_stride + bucket(r, j);
      return terms.data ? value(terms.data, bias.dtype, at) : 0;
    };
    return term(bias.row, r.q_begin + r.i) + term(bias.col, r.k_begin + j);
  }
  // 0 for a dropped pair, else 1 / (1 - p).
  double keep(const Row& r, int64_t j) const {
    if (p.dropout_p <= 0) return 1;
    if (p.dropout_p >= 1) return 0;
    const int64_t counter = p.stream.state[1] + p.stream.delta + dropout_row(p, r.b, r.h, r.i) + j / 4;
    const uint32_t word = philox(static_cast<uint64_t>(p.stream.state[0]), static_cast<uint64_t>(counter)).word[j % 4];
    return word < dropout_threshold(p.dropout_p) ? 0 : 1 / (1 - p.dropout_p);
  }
};

template <class T>
void forward_row(const Problem<T>& problem, const Row& r, const AttentionForwardArgs& args) {
  const AttentionProblem& p = args.problem;
  double largest = -std::numeric_limits<double>::infinity();
  std::vector<double> weights;
  for (const int64_t j : r.keys) {
    weights.push_back(problem.score(r, j));
    largest = weights.back() <= largest ? largest : weights.back();
  }
  const double shift = std::isinf(largest) && largest < 0 ? 0 : largest;
  double sum = 0;
  for (double& w : weights) sum += w = std::exp(w - shift);
  for (size_t n = 0; n < weights.size(); ++n) weights[n] *= problem.keep(r, r.keys[n]);
  T* o = static_cast<T*>(args.o) + (r.q_begin + r.i) * args.o_stride + r.h * p.head_size;
  for (int64_t d = 0; d < p.head_size; ++d) {
    double value = 0;
    for (size_t n = 0; n < weights.size(); ++n) value += weights[n] * widen(problem.v_of(r, r.keys[n])[d]);
    o[d] = narrow<T>(sum == 0 ? 0 : value / sum);
  }
  if (args.lse)
    static_cast<Statistic<T>*>(args.lse)[r.h * p.q_tokens + r.q_begin + r.i] =
        static_cast<Statistic<T>>(shift + std::log(sum));
}

template <class T>
void forward(const AttentionForwardArgs& args, Run& run) {
  const AttentionProblem& p = args.problem;
  const Problem<T> problem{p, static_cast<const T*>(args.q), static_cast<const T*>(args.k),
                           static_cast<const T*>(args.v)};
  run.pool.parallel(p.batch * p.heads, [&](int64_t task, int) {
    problem.each_row(task / p.heads, task % p.heads, [&](const Row& r) { forward_row(problem, r, args); });
  });
  for (int64_t t = p.q_cu_seqlens[p.batch]; t < p.q_tokens; ++t)
    for (int64_t h = 0; h < p.heads; ++h) {
      std::fill_n(static_cast<T*>(args.o) + t * args.o_stride + h * p.head_size, p.head_size, narrow<T>(0));
      if (args.lse)
        static_cast<Statistic<T>*>(args.lse)[h * p.q_tokens + t] = -std::numeric_limits<Statistic<T>>::infinity();
    }
}

template <class T>
struct Backward {
  const AttentionBackwardArgs& args;
  const AttentionProblem& p;
  Problem<T> problem;

  const T* g_of(const Row& r) const {
    return static_cast<const T*>(args.d_o) + (r.q_begin + r.i) * args.d_o_stride + r.h * p.head_size;
  }

  // Calls body(j, P_ij kept, ds_ij) for the keys that query r sees.
  template <class Body>
  void each_key(const Row& r, Body&& body) const {
    const T* o = static_cast<const T*>(args.o) + (r.q_begin + r.i) * args.o_stride + r.h * p.head_size;
    const double delta = problem.dot(g_of(r), o);
    const double lse = static_cast<const Statistic<T>*>(args.lse)[r.h * p.q_tokens + r.q_begin + r.i];
    if (std::isinf(lse) && lse < 0) return;
    for (const int64_t j : r.keys) {
      const double weight = std::exp(problem.score(r, j) - lse), keep = problem.keep(r, j);
      body(j, weight * keep, weight * (keep * problem.dot(g_of(r), problem.v_of(r, j)) - delta));
    }
  }

  // dq of the group's heads, dk and dv of one sequence and key/value head.
  void fill_group(int64_t b, int64_t kv_head) const {
    const int64_t size = p.head_size, group = p.heads / p.kv_heads;
    const int64_t k_begin = p.kv_cu_seqlens[b], skv = p.kv_cu_seqlens[b + 1] - k_begin;
    std::vector<double> dk(static_cast<size_t>(skv * size)), dv(dk.size()), dq(static_cast<size_t>(size));
    for (int64_t h = kv_head * group; h < (kv_head + 1) * group; ++h)
      problem.each_row(b, h, [&](const Row& r) {
        std::fill(dq.begin(), dq.end(), 0.0);
        each_key(r, [&](int64_t j, double weight, double ds) {
          for (int64_t d = 0; d < size; ++d) {
            dq[static_cast<size_t>(d)] += p.scale * ds * widen(problem.k_of(r, j)[d]);
            dk[static_cast<size_t>(j * size + d)] += p.scale * ds * widen(problem.q_of(r)[d]);
            dv[static_cast<size_t>(j * size + d)] += weight * widen(g_of(r)[d]);
          }
        });
        write(dq, 0, args.dq, (r.q_begin + r.i) * args.dq_stride + h * size);
      });
    for (int64_t j = 0; j < skv; ++j) {
      write(dk, j * size, args.dk, (k_begin + j) * args.dk_stride + kv_head * size);
      write(dv, j * size, args.dv, (k_begin + j) * args.dv_stride + kv_head * size);
    }
  }
  void write(const std::vector<double>& from, int64_t begin, void* to, int64_t offset) const {
    for (int64_t d = 0; d < p.head_size; ++d)
      static_cast<T*>(to)[offset + d] = narrow<T>(from[static_cast<size_t>(begin + d)]);
  }
  void clear(void* to, int64_t row_stride, int64_t heads, int64_t begin, int64_t end) const {
    for (int64_t t = begin; t < end; ++t)
      std::fill_n(static_cast<T*>(to) + t * row_stride, heads * p.head_size, narrow<T>(0));
  }

  void fill_dbias() const {
    const auto size = [](int64_t stride, int64_t count) { return stride ? count : 1; };
    const int64_t sizes[] = {size(args.dbias_batch_stride, p.batch), size(args.dbias_head_stride, p.heads),
                             size(args.dbias_row_stride, p.max_sq), size(args.dbias_col_stride, p.max_skv)};
    std::vector<double> sums(static_cast<size_t>(sizes[0] * sizes[1] * sizes[2] * sizes[3]));
    const auto index = [&](int64_t b, int64_t h, int64_t i, int64_t j) {
      return static_cast<size_t>(((b % sizes[0] * sizes[1] + h % sizes[1]) * sizes[2] + i % sizes[2]) * sizes[3] +
                                 j % sizes[3]);
    };
    for (int64_t b = 0; b < p.batch; ++b)
      for (int64_t h = 0; h < p.heads; ++h)
        problem.each_row(b, h, [&](const Row& r) {
          each_key(r, [&](int64_t j, double, double ds) { sums[index(b, h, r.i, j)] += ds; });
        });
    for (int64_t b = 0; b < sizes[0]; ++b)
      for (int64_t h = 0; h < sizes[1]; ++h)
        for (int64_t i = 0; i < sizes[2]; ++i)
          for (int64_t j = 0; j < sizes[3]; ++j)
            static_cast<Statistic<T>*>(args.dbias)[b * args.dbias_batch_stride + h * args.dbias_head_stride +
                                                   i * args.dbias_row_stride + j * args.dbias_col_stride] =
                static_cast<Statistic<T>>(sums[index(b, h, i, j)]);
  }

  // d_row and d_col of one sequence and head.
  void fill_relative(int64_t b, int64_t h) const {
    const int64_t buckets = p.bias.relative.buckets;
    const int64_t q_begin = p.q_cu_seqlens[b], k_begin = p.kv_cu_seqlens[b];
    std::vector<double> rows(static_cast<size_t>((p.q_cu_seqlens[b + 1] - q_begin) * buckets));
    std::vector<double> cols(static_cast<size_t>((p.kv_cu_seqlens[b + 1] - k_begin) * buckets));
    problem.each_row(b, h, [&](const Row& r) {
      each_key(r, [&](int64_t j, double, double ds) {
        rows[static_cast<size_t>(r.i * buckets + problem.bucket(r, j))] += ds;
        cols[static_cast<size_t>(j * buckets + problem.bucket(r, j))] += ds;
      });
    });
    write_terms(rows, args.d_row, q_begin, h);
    write_terms(cols, args.d_col, k_begin, h);
  }
  void write_terms(const std::vector<double>& sums, void* to, int64_t first, int64_t h) const {
    const int64_t buckets = p.bias.relative.buckets;
    for (size_t n = 0; to && n < sums.size(); ++n) {
      const int64_t token = first + static_cast<int64_t>(n) / buckets, c = static_cast<int64_t>(n) % buckets;
      static_cast<Statistic<T>*>(to)[(token * p.heads + h) * buckets + c] = static_cast<Statistic<T>>(sums[n]);
    }
  }
  void clear_terms(void* to, int64_t begin, int64_t end) const {
    const int64_t row = p.heads * p.bias.relative.buckets;
    if (to) std::fill(static_cast<Statistic<T>*>(to) + begin * row, static_cast<Statistic<T>*>(to) + end * row, 0);
  }
};

template <class T>
void backward(const AttentionBackwardArgs& args, Run& run) {
  const AttentionProblem& p = args.problem;
  const Backward<T> pass{
      args, p, {p, static_cast<const T*>(args.q), static_cast<const T*>(args.k), static_cast<const T*>(args.v)}};
  run.pool.parallel(p.batch * p.kv_heads,
                    [&](int64_t task, int) { pass.fill_group(task / p.kv_heads, task % p.kv_heads); });
  const int64_t q_end = p.q_cu_seqlens[p.batch], kv_end = p.kv_cu_seqlens[p.batch];
  pass.clear(args.dq, args.dq_stride, p.heads, q_end, p.q_tokens);
  pass.clear(args.dk, args.dk_stride, p.kv_heads, kv_end, p.kv_tokens);
  pass.clear(args.dv, args.dv_stride, p.kv_heads, kv_end, p.kv_tokens);
  if (args.dbias) pass.fill_dbias();
  if (!args.d_row && !args.d_col) return;
  run.pool.parallel(p.batch * p.heads, [&](int64_t task, int) { pass.fill_relative(task / p.heads, task % p.heads); });
  pass.clear_terms(args.d_row, q_end, p.q_tokens);
  pass.clear_terms(args.d_col, kv_end, p.kv_tokens);
}

}  // namespace

void attention_forward_reference(const AttentionForwardArgs& args, Run& run) {
  with_floating("attention", args.problem.dtype, [&](auto tag) { forward<typename decltype(tag)::type>(args, run); });
}

void attention_backward_reference(const AttentionBackwardArgs& args, Run& run) {
  with_floating("attention", args.problem.dtype, [&](auto tag) { backward<typename decltype(tag)::type>(args, run); });
}

}  // namespace gridstride::cpu
