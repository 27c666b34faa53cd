// Flash decoding: a task is a split of one sequence's keys and one key/value head, with all queries of the heads that
// read it. Keys go by in tiles; the rows (queries of all heads of the group) keep their running maximum, sum and
// unnormalised output. Splits of one sequence are merged in their order.
#include "kernels/attention/attention_decode.h"

#include "kernels/attention/decode_splits.h"
#include "native/cpu/attention/block.h"
#include "native/cpu/gemm/dot_tile.h"
#include "native/cpu/run.h"

GS_PER_ISA(void attention_decode(const AttentionDecodeArgs&, Run&);)

namespace gridstride::cpu::GS_ISA {

namespace {

constexpr int64_t kTileKeys = 32;  // a whole number of vectors
static_assert(kDecodeSplitKeys % kTileKeys == 0);

// One thread's scratch.
struct Scratch {
  float* queries;  // (rows, width), scaled
  float* weights;  // (rows, kTileKeys): scores, then e^(score - maximum)
  float* out;      // (rows, width)
  float* largest;  // (rows)
  float* sum;      // (rows)
};
constexpr int kParts = 5;

// Where splits that are to be merged leave a row: its output, maximum and sum.
struct Partials {
  float* data;
  int64_t splits, stride;  // of a row; floats of a split

  float* at(int64_t row, int64_t split) const { return data + (row * splits + split) * stride; }
};

int64_t padded_size(const AttentionDecodeArgs& args) { return round_up(args.head_size, kLanes); }

// out[i] += sum over keys j of weights[i][j] values[j], for R rows and kVecs vectors of each. The same columns of
// wanted[j] are fetched meanwhile: heads lie far apart, where the processor does not foresee them.
template <int R, int kVecs, class T>
void add_columns(const float* weights, const T* const* values, const T* const* wanted, int64_t keys, int64_t d,
                 int64_t left, float* out, int64_t out_row) {
  Vec sum[R][kVecs];
  GS_UNROLL
  for (int i = 0; i < R; ++i) {
    GS_UNROLL
    for (int c = 0; c < kVecs; ++c) sum[i][c] = load(out + i * out_row + d + c * kLanes);
  }
  for (int64_t j = 0; j < keys; ++j) {
    Vec v[kVecs];
    GS_UNROLL
    for (int c = 0; c < kVecs; ++c) {
      const T* from = values[j] + d + c * kLanes;
      v[c] = kVecs > 1 ? load(from) : load_up_to(from, left);
      __builtin_prefetch(wanted[j] + d + c * kLanes, 0, 2);
    }
    GS_UNROLL
    for (int i = 0; i < R; ++i) {
      const Vec weight = splat(weights[i * kTileKeys + j]);
      GS_UNROLL
      for (int c = 0; c < kVecs; ++c) sum[i][c] += weight * v[c];
    }
  }
  GS_UNROLL
  for (int i = 0; i < R; ++i) {
    GS_UNROLL
    for (int c = 0; c < kVecs; ++c) store(out + i * out_row + d + c * kLanes, sum[i][c]);
  }
}

// body(row, std::integral_constant<int, R>) for all rows, in fours, then two, then one.
template <class Body>
void each_rows(int64_t rows, Body&& body) {
  int64_t row = 0;
  for (; row + 4 <= rows; row += 4) body(row, std::integral_constant<int, 4>());
  if (row + 2 <= rows) body(row, std::integral_constant<int, 2>()), row += 2;
  if (row < rows) body(row, std::integral_constant<int, 1>());
}

template <class T>
struct DecodeTask {
  const AttentionDecodeArgs& args;
  Scratch scratch;
  int64_t b, kv_head, group;
  int64_t q_begin, sq, length, rows;
  const T *k_rows[kTileKeys], *v_rows[kTileKeys];

  DecodeTask(const AttentionDecodeArgs& all, int64_t sequence, int64_t head)
      : args(all),
        b(sequence),
        kv_head(head),
        group(all.heads / all.kv_heads),
        q_begin(all.q_cu_seqlens[sequence]),
        sq(all.q_cu_seqlens[sequence + 1] - q_begin),
        length(all.kv_lengths[sequence]),
        rows(sq * group) {}

  // Of a row among the rows of o.
  int64_t row_of(int64_t row) const { return (q_begin + row / group) * args.heads + kv_head * group + row % group; }

  void start() const {
    const int64_t width = padded_size(args);
    for (int64_t row = 0; row < rows; ++row) {
      const T* q = static_cast<const T*>(args.q) + (q_begin + row / group) * args.q_stride +
                   (kv_head * group + row % group) * args.head_size;
      for (int64_t d = 0; d < args.head_size; d += kLanes)
        store(scratch.queries + row * width + d,
              load_up_to(q + d, args.head_size - d) * static_cast<float>(args.scale));
      for (int64_t d = 0; d < width; d += kLanes) store(scratch.out + row * width + d, Vec{});
      scratch.largest[row] = -kInfinity, scratch.sum[row] = 0;
    }
  }

  // Where keys (or values) [j0, j0 + keys) lie; past them the last again.
  void find_rows(const void* cache, int64_t j0, int64_t keys, const T* (&found)[kTileKeys]) const {
    const int32_t* pages = args.page_table + b * args.max_pages;
    int64_t page = j0 / args.page_size, place = j0 % args.page_size, offset = 0;
    for (int64_t j = 0; j < kTileKeys; ++j) {
      if (j < keys) {
        offset = ((pages[page] * args.page_size + place) * args.kv_heads + kv_head) * args.head_size;
        if (++place == args.page_size) ++page, place = 0;
      }
      found[j] = static_cast<const T*>(cache) + offset;
    }
  }

  void score(int64_t keys) const {
    const int64_t width = padded_size(args);
    each_rows(rows, [&](int64_t row, auto count) {
      constexpr int R = decltype(count)::value, kCols = kLanes / R;
      for (int64_t j = 0; j < keys; j += kCols) {
        const T* some[kCols];
        memcpy(some, k_rows + j, sizeof some);
        const T* const* wanted = (row == 0 ? v_rows : k_rows) + j;  // add_values takes them next
        float totals[kLanes];
        dot_tile<R>(scratch.queries + row * width, width, some, args.head_size, totals,
                    [&](int c, int64_t d) { __builtin_prefetch(wanted[c] + d, 0, 2); });
        for (int i = 0; i < R; ++i)
          memcpy(scratch.weights + (row + i) * kTileKeys + j, totals + i * kCols, kCols * sizeof(float));
      }
    });
  }

  // One lookup a key: what a bias costs beside the products of a whole head.
  template <class B>
  void add_bias(const B* rows, int64_t row, int64_t j0, AttentionRange seen) const {
    const AttentionRelativeBias& bias = args.bias;
    const int64_t i = row / group, position = length - sq + i;
    const B* terms =
        rows + (q_begin + i) * bias.row.token_stride + (kv_head * group + row % group) * bias.row.head_stride;
    float* weights = scratch.weights + row * kTileKeys;
    for (int64_t j = larger(0, seen.begin - j0); j < smaller(kTileKeys, seen.end - j0); ++j)
      weights[j] += load_one(terms + bias.bucket_of[bucket_place(bias.reach, j0 + j - position)]);
  }

  // A row's scores to weights.
  void weigh_row(int64_t row, int64_t j0, int64_t keys) const {
    float* weights = scratch.weights + row * kTileKeys;
    const AttentionRange seen = decode_keys(args, row / group, sq, length);
    if (args.bias.row.data)
      with_storage(args.bias.dtype, [&](auto tag) {
        add_bias(static_cast<const typename decltype(tag)::type*>(args.bias.row.data), row, j0, seen);
      });
    for (int64_t j = 0; j < smaller(kTileKeys, seen.begin - j0); ++j) weights[j] = -kInfinity;
    for (int64_t j = larger(0, smaller(keys, seen.end - j0)); j < kTileKeys; ++j) weights[j] = -kInfinity;
    const float before = scratch.largest[row];
    Vec top = splat(before), sum{};
    for (int64_t j = 0; j < kTileKeys; j += kLanes) top = max(load(weights + j), top);
    const float largest = max_lanes(top), shift = largest == -kInfinity ? 0.0f : largest;
    for (int64_t j = 0; j < kTileKeys; j += kLanes) {
      const Vec weight = exp_negative(load(weights + j) - shift);
      store(weights + j, weight);
      sum += weight;
    }
    scratch.largest[row] = largest;
    if (before != largest && before != -kInfinity) rescale(row, __builtin_expf(before - largest));
    scratch.sum[row] += sum_lanes(sum);
  }
  void rescale(int64_t row, float factor) const {
    float* out = scratch.out + row * padded_size(args);
    for (int64_t d = 0; d < padded_size(args); d += kLanes) store(out + d, load(out + d) * factor);
    scratch.sum[row] *= factor;
  }

  void add_values(int64_t keys) const {
    const int64_t width = padded_size(args);
    each_rows(rows, [&](int64_t row, auto count) {
      constexpr int R = decltype(count)::value, kVecs = R == 4 && kLanes < 16 ? 2 : 4;
      const float* weights = scratch.weights + row * kTileKeys;
      const T* const* wanted = row == 0 ? k_rows : v_rows;  // the next tile's keys, once
      float* out = scratch.out + row * width;
      int64_t d = 0;
      for (; d + kVecs * kLanes <= args.head_size; d += kVecs * kLanes)
        add_columns<R, kVecs>(weights, v_rows, wanted, keys, d, kLanes, out, width);
      for (; d < args.head_size; d += kLanes)
        add_columns<R, 1>(weights, v_rows, wanted, keys, d, args.head_size - d, out, width);
    });
  }

  void finish(int64_t split, int64_t splits, const Partials& partials) const {
    const int64_t width = padded_size(args);
    for (int64_t row = 0; row < rows; ++row) {
      const float *out = scratch.out + row * width, sum = scratch.sum[row], inverse = sum == 0 ? 0.0f : 1.0f / sum;
      if (splits > 1) {
        float* to = partials.at(row_of(row), split);
        memcpy(to, out, static_cast<size_t>(width) * sizeof(float));
        to[width] = scratch.largest[row], to[width + 1] = sum;
        continue;
      }
      T* to = static_cast<T*>(args.o) + row_of(row) * args.head_size;
      for (int64_t d = 0; d < args.head_size; d += kLanes)
        store_up_to(to + d, load(out + d) * inverse, args.head_size - d);
    }
  }

  void run(int64_t split, const Partials& partials) {
    const DecodeSplits splits = decode_splits(args, sq, length);
    if (rows == 0 || (split > 0 && split >= splits.count)) return;
    start();
    const int64_t begin = splits.begin + split * splits.keys, end = smaller(begin + splits.keys, splits.end);
    find_rows(args.k_cache, begin, smaller(kTileKeys, end - begin), k_rows);
    for (int64_t j0 = begin; j0 < end; j0 += kTileKeys) {
      const int64_t keys = smaller(kTileKeys, end - j0), next = j0 + kTileKeys;
      find_rows(args.v_cache, j0, keys, v_rows);
      score(keys);
      if (next < end) find_rows(args.k_cache, next, smaller(kTileKeys, end - next), k_rows);
      for (int64_t row = 0; row < rows; ++row) weigh_row(row, j0, keys);
      add_values(keys);
    }
    finish(split, splits.count, partials);
  }
};

// Query i of sequence b and head h from its splits.
template <class T>
void merge_row(const AttentionDecodeArgs& args, int64_t row, int64_t splits, const Partials& partials) {
  const int64_t width = padded_size(args);
  float largest = -kInfinity, sum = 0;
  for (int64_t s = 0; s < splits; ++s) {
    const float top = partials.at(row, s)[width];
    largest = top > largest ? top : largest;
  }
  float* out = partials.at(row, 0);
  for (int64_t s = 0; s < splits; ++s) {
    const float* from = partials.at(row, s);
    const float factor = from[width] == -kInfinity ? 0.0f : __builtin_expf(from[width] - largest);
    sum += factor * from[width + 1];
    for (int64_t d = 0; d < width; d += kLanes)
      store(out + d, s == 0 ? load(from + d) * factor : load(out + d) + load(from + d) * factor);
  }
  const float inverse = sum == 0 ? 0.0f : 1.0f / sum;
  T* to = static_cast<T*>(args.o) + row * args.head_size;
  for (int64_t d = 0; d < args.head_size; d += kLanes) store_up_to(to + d, load(out + d) * inverse, args.head_size - d);
}

template <class T>
void merge(const AttentionDecodeArgs& args, const Partials& partials, Pool& pool) {
  pool.parallel(args.batch * args.heads, [&](int64_t task, int) {
    const int64_t b = task / args.heads, first = args.q_cu_seqlens[b], sq = args.q_cu_seqlens[b + 1] - first;
    const int64_t splits = decode_splits(args, sq, args.kv_lengths[b]).count;
    if (splits <= 1) return;
    for (int64_t i = 0; i < sq; ++i) merge_row<T>(args, (first + i) * args.heads + task % args.heads, splits, partials);
  });
}

// Splits of the sequence that has most: at least one, which writes zeros where there is no key.
int64_t most_splits(const AttentionDecodeArgs& args) {
  int64_t most = 1;
  for (int64_t b = 0; b < args.batch; ++b)
    most = larger(most, decode_splits(args, args.q_cu_seqlens[b + 1] - args.q_cu_seqlens[b], args.kv_lengths[b]).count);
  return most;
}

}  // namespace

void attention_decode(const AttentionDecodeArgs& args, Run& run) {
  const int64_t rows = args.max_sq * (args.heads / args.kv_heads), width = padded_size(args);
  const int64_t sizes[kParts] = {rows * width, rows * kTileKeys, rows * width, rows, rows};
  const int64_t floats = total_floats(sizes), splits = most_splits(args), stride = round_up(width + 2, 16);
  const int64_t partial = splits > 1 ? args.q_tokens * args.heads * splits * stride : 0;
  float* base = static_cast<float*>(run.workspace((run.pool.size() * floats + partial) * 4));
  const Partials partials = {base + run.pool.size() * floats, splits, stride};
  with_storage(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.parallel(args.batch * args.kv_heads * splits, [&](int64_t index, int thread) {
      DecodeTask<T> task(args, index / splits / args.kv_heads, index / splits % args.kv_heads);
      cut_scratch(base + thread * floats, sizes, &task.scratch);
      task.run(index % splits, partials);
    });
    if (splits > 1) merge<T>(args, partials, run.pool);
  });
}

}  // namespace gridstride::cpu::GS_ISA
