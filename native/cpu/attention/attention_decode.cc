#include "kernels/attention/attention_decode.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "kernels/attention/decode_splits.h"
#include "native/core/error.h"
#include "native/cpu/check_segments.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void attention_decode(const AttentionDecodeArgs&, Run&);)

namespace gridstride::cpu {

namespace {

void check_within(const char* what, int64_t value, int64_t limit, int64_t position) {
  if (value >= 0 && value < limit) return;
  throw Error(ErrorCode::kData,
              std::string("attention_decode: ") + what + " must lie in [0, " + std::to_string(limit) + "), got " +
                  std::to_string(value) + " at position " + std::to_string(position),
              {{"value", static_cast<double>(value)}, {"limit", static_cast<double>(limit)}});
}

void check_decode(const AttentionDecodeArgs& args) {
  check_segments("attention_decode", "q_cu_seqlens", args.q_cu_seqlens, args.batch, args.q_tokens, args.max_sq);
  for (int64_t i = 0; args.bias.row.data && i < 2 * args.bias.reach + 1; ++i)
    check_within("bucketOf", args.bias.bucket_of[i], args.bias.buckets, i);
  for (int64_t b = 0; b < args.batch; ++b) {
    const int64_t length = args.kv_lengths[b], sq = args.q_cu_seqlens[b + 1] - args.q_cu_seqlens[b];
    check_within("kvLengths", length, args.max_pages * args.page_size + 1, b);
    const DecodeSplits splits = decode_splits(args, sq, length);
    if (splits.count == 0) continue;
    for (int64_t page = splits.begin / args.page_size; page <= (splits.end - 1) / args.page_size; ++page)
      check_within("pages", args.page_table[b * args.max_pages + page], args.pages, b * args.max_pages + page);
  }
}

// One query and head of sequence b.
struct Row {
  int64_t b, h, token, position;
  AttentionRange keys;
};

template <class T>
struct Decode {
  const AttentionDecodeArgs& args;

  const T* key(const void* cache, const Row& r, int64_t j) const {
    const int64_t page = args.page_table[r.b * args.max_pages + j / args.page_size];
    const int64_t slot = page * args.page_size + j % args.page_size, kv_head = r.h / (args.heads / args.kv_heads);
    return static_cast<const T*>(cache) + (slot * args.kv_heads + kv_head) * args.head_size;
  }
  double score(const Row& r, int64_t j) const {
    const T *q = static_cast<const T*>(args.q) + r.token * args.q_stride + r.h * args.head_size,
            *k = key(args.k_cache, r, j);
    double sum = 0;
    for (int64_t d = 0; d < args.head_size; ++d) sum += widen(q[d]) * widen(k[d]);
    return args.scale * sum + bias(r, j);
  }
  double bias(const Row& r, int64_t j) const {
    if (!args.bias.row.data) return 0;
    const int64_t c = args.bias.bucket_of[bucket_place(args.bias.reach, j - r.position)];
    const AttentionTerms& row = args.bias.row;
    const int64_t at = r.token * row.token_stride + r.h * row.head_stride + c;
    return args.bias.dtype == args.dtype ? widen(static_cast<const T*>(row.data)[at])
                                         : static_cast<double>(static_cast<const float*>(row.data)[at]);
  }
  void run(const Row& r) const {
    double largest = -std::numeric_limits<double>::infinity(), sum = 0;
    std::vector<double> weights, o(static_cast<size_t>(args.head_size), 0);
    for (int64_t j = r.keys.begin; j < r.keys.end; ++j) {
      weights.push_back(score(r, j));
      largest = weights.back() <= largest ? largest : weights.back();
    }
    const double shift = std::isinf(largest) && largest < 0 ? 0 : largest;
    for (int64_t j = r.keys.begin; j < r.keys.end; ++j) {
      const double weight = std::exp(weights[static_cast<size_t>(j - r.keys.begin)] - shift);
      const T* v = key(args.v_cache, r, j);
      for (size_t d = 0; d < o.size(); ++d) o[d] += weight * widen(v[d]);
      sum += weight;
    }
    T* to = static_cast<T*>(args.o) + (r.token * args.heads + r.h) * args.head_size;
    for (size_t d = 0; d < o.size(); ++d) to[d] = narrow<T>(sum == 0 ? 0 : o[d] / sum);
  }
};

void decode_reference(const AttentionDecodeArgs& args, Run& run) {
  with_floating("attention_decode", args.dtype, [&](auto tag) {
    const Decode<typename decltype(tag)::type> decode{args};
    run.pool.parallel(args.batch * args.heads, [&](int64_t task, int) {
      const int64_t b = task / args.heads, h = task % args.heads;
      const int64_t first = args.q_cu_seqlens[b], sq = args.q_cu_seqlens[b + 1] - first;
      const int64_t length = args.kv_lengths[b];
      for (int64_t i = 0; i < sq; ++i) decode.run({b, h, first + i, length - sq + i, decode_keys(args, i, sq, length)});
    });
  });
}

}  // namespace

void attention_decode(const AttentionDecodeArgs& args, Run& run) {
  check_decode(args);
  const int64_t row = args.heads * args.head_size * dtype_size(args.dtype), end = args.q_cu_seqlens[args.batch];
  if (args.q_tokens == 0 || row == 0) return;
  memset(static_cast<char*>(args.o) + end * row, 0, static_cast<size_t>((args.q_tokens - end) * row));
  if (run.is_reference() || !is_vectorised(args.dtype))
    decode_reference(args, run);
  else
    GS_DISPATCH(run.isa, attention_decode, args, run);
}

}  // namespace gridstride::cpu
