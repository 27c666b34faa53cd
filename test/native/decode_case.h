// One problem of attention_decode with its arrays, for its tests: pages in a shuffled order, NaN wherever nothing may
// be read.
#pragma once

#include "kernels/attention/attention_decode.h"
#include "kernels/attention/decode_splits.h"
#include "test/native/attention_case.h"

namespace gridstride::cpu {
void attention_decode(const AttentionDecodeArgs& args, Run& run);
}

namespace gridstride::test {

struct DecodeCase {
  std::vector<int32_t> sq, kv;  // lengths
  int64_t heads = 2, kv_heads = 2, head_size = 16, page_size = 16;
  int64_t window = -1;
  DType dtype = DType::f32;
  int64_t padding = 0;      // rows past the last sequence
  int64_t spare_pages = 1;  // of each sequence's row of the table
  int64_t shift = 0;        // elements that the caches lie behind an aligned address
  double spread = 1;        // of q and the keys
  int64_t buckets = 0;      // of a relative bias; 0: none
  bool is_shared = false;   // whether all tokens share the bias's row
  DType bias_dtype = DType::f32;

  std::string name() const {
    std::string text = "attention_decode";
    for (size_t b = 0; b < sq.size(); ++b)
      text += std::string(" ") + std::to_string(sq[b]) + "x" + std::to_string(kv[b]);
    text += std::string(" heads ") + std::to_string(heads) + "/" + std::to_string(kv_heads) + "x" +
            std::to_string(head_size) + " pages of " + std::to_string(page_size);
    if (window >= 0) text += std::string(" window ") + std::to_string(window);
    if (buckets > 0) text += std::string(is_shared ? " shared" : "") + " bias in " + dtype_name(bias_dtype);
    if (shift > 0) text += std::string(" shift ") + std::to_string(shift);
    return text + " " + dtype_name(dtype);
  }
};

class DecodeArrays {
 public:
  explicit DecodeArrays(const DecodeCase& test)
      : c(test),
        q_cu(cumulative(c.sq)),
        q(c.dtype, 0),
        o(c.dtype, 0),
        k_cache(c.dtype, 0),
        v_cache(c.dtype, 0),
        row(c.bias_dtype, 0) {
    tokens_ = q_cu.back() + c.padding;
    q_row_ = c.heads * c.head_size + kAttentionGap;
    q = Buffer(c.dtype, tokens_ * q_row_, 1, c.spread);
    o = Buffer(c.dtype, tokens_ * c.heads * c.head_size, 0, 0, 7);
    for (int64_t t = 0; t < tokens_; ++t)
      for (int64_t x = t < q_cu.back() ? q_row_ - kAttentionGap : 0; x < q_row_; ++x) q.set(t * q_row_ + x, NAN);
    take_pages();
    fill_caches();
    row = Buffer(c.bias_dtype, (c.is_shared ? 1 : tokens_) * c.heads * c.buckets, 9, 2);
    for (int64_t i = 0; c.buckets > 0 && i < 2 * kReach + 1; ++i)
      bucket_of.push_back(static_cast<int32_t>(i * 5 % c.buckets));
  }

  AttentionDecodeArgs args() {
    AttentionDecodeArgs args{};
    const int64_t shift = c.shift * dtype_size(c.dtype);
    args.q = q.data(), args.o = o.data();
    args.k_cache = static_cast<char*>(k_cache.data()) + shift;
    args.v_cache = static_cast<char*>(v_cache.data()) + shift;
    args.q_cu_seqlens = q_cu.data(), args.page_table = page_table.data(), args.kv_lengths = c.kv.data();
    args.batch = static_cast<int64_t>(c.kv.size());
    args.heads = c.heads, args.kv_heads = c.kv_heads, args.head_size = c.head_size;
    args.q_tokens = tokens_, args.max_sq = longest(c.sq);
    args.pages = pages_, args.page_size = c.page_size, args.max_pages = max_pages_;
    args.q_stride = q_row_, args.window = c.window;
    args.scale = 1 / std::sqrt(static_cast<double>(c.head_size));
    args.dtype = c.dtype;
    if (c.buckets == 0) return args;
    args.bias.row = {row.data(), c.is_shared ? 0 : c.heads * c.buckets, c.buckets};
    args.bias.bucket_of = bucket_of.data();
    args.bias.buckets = c.buckets, args.bias.reach = kReach, args.bias.dtype = c.bias_dtype;
    return args;
  }
  // Element d of key j of sequence b and its head, in a cache.
  int64_t at(size_t b, int64_t j, int64_t head = 0, int64_t d = 0) const {
    const int64_t page = page_table[b * static_cast<size_t>(max_pages_) + static_cast<size_t>(j / c.page_size)];
    return c.shift + ((page * c.page_size + j % c.page_size) * c.kv_heads + head) * c.head_size + d;
  }
  // The rows of o of sequence b.
  std::vector<char> rows_of(size_t b) const {
    const int64_t row = c.heads * c.head_size * dtype_size(c.dtype);
    return {o.bytes().begin() + q_cu[b] * row, o.bytes().begin() + q_cu[b + 1] * row};
  }

  DecodeCase c;
  static constexpr int64_t kReach = 20;  // of the bias; keys lie further, too
  std::vector<int32_t> q_cu, page_table, bucket_of;
  Buffer q, o, k_cache, v_cache, row;

 private:
  // Pages from the last to the first; -1 past a sequence's own.
  void take_pages() {
    for (const int32_t length : c.kv) {
      const int64_t count = (length + c.page_size - 1) / c.page_size;
      pages_ += count;
      max_pages_ = std::max(max_pages_, count + c.spare_pages);
    }
    int64_t next = ++pages_;
    for (const int32_t length : c.kv)
      for (int64_t i = 0; i < max_pages_; ++i)
        page_table.push_back(i * c.page_size < length ? static_cast<int32_t>(--next) : -1);
  }
  // A key's numbers depend on its sequence's length and its own position alone.
  void fill_caches() {
    const int64_t count = c.shift + pages_ * c.page_size * c.kv_heads * c.head_size;
    k_cache = v_cache = Buffer(c.dtype, std::vector<double>(static_cast<size_t>(count), NAN));
    for (size_t b = 0; b < c.kv.size(); ++b) {
      Sequence sequence(static_cast<uint64_t>(c.kv[b]));
      const AttentionDecodeArgs shape = args();
      for (int64_t j = decode_splits(shape, c.sq[b], c.kv[b]).begin; j < c.kv[b]; ++j)
        for (int64_t x = 0; x < c.kv_heads * c.head_size; ++x) {
          k_cache.set(at(b, j) + x, sequence.next() * c.spread);
          v_cache.set(at(b, j) + x, sequence.next());
        }
    }
  }

  int64_t tokens_ = 0, q_row_ = 0, pages_ = 0, max_pages_ = 0;
};

// The second sequence of a case, alone; its queries are the case's.
inline DecodeArrays second_alone(const DecodeArrays& all) {
  DecodeCase c = all.c;
  c.sq = {all.c.sq[1]}, c.kv = {all.c.kv[1]}, c.spare_pages = 0, c.padding = 0;
  DecodeArrays alone(c);
  const int64_t row = c.heads * c.head_size + kAttentionGap;
  for (int64_t x = 0; x < alone.q.count(); ++x) alone.q.set(x, all.q.get(all.q_cu[1] * row + x));
  return alone;
}

}  // namespace gridstride::test
