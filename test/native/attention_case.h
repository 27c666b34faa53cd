// One attention problem with its arrays, for the attention tests.
#pragma once

#include "kernels/attention/attention.h"
#include "test/native/kernel_check.h"

namespace gridstride::cpu {
void attention_forward(const AttentionForwardArgs& args, Run& run);
void attention_backward(const AttentionBackwardArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::test {

// Token rows are so many elements wider than their heads; outputs start as 7, and the gaps must keep it.
constexpr int64_t kAttentionGap = 3;

struct AttentionCase {
  std::vector<int32_t> sq, skv;  // lengths
  int64_t heads = 2, kv_heads = 2, head_size = 16;
  bool causal = false;
  int64_t window = -1;
  // Dense bias: which of (batch, head, row, col) it has; empty: none.
  std::string bias = "";
  // Relative bias: "row", "row col", with a capital where all tokens share it; empty: none.
  std::string relative = "";
  int64_t buckets = 7, reach = 9;
  DType bias_dtype = DType::f32;
  std::vector<int32_t> globals = {};  // rows of keys that are global
  double dropout_p = 0;
  DType dtype = DType::f32;
  int64_t padding = 0;  // tokens past the last sequence
  double spread = 1;    // of q and k
  int64_t gap = kAttentionGap;

  std::string name() const {
    std::string text = "attention";
    for (size_t b = 0; b < sq.size(); ++b)
      text += std::string(" ") + std::to_string(sq[b]) + "x" + std::to_string(skv[b]);
    text += std::string(" heads ") + std::to_string(heads) + "/" + std::to_string(kv_heads) + "x" +
            std::to_string(head_size);
    if (causal) text += " causal";
    if (window >= 0) text += std::string(" window ") + std::to_string(window);
    if (!bias.empty()) text += std::string(" bias ") + bias + " " + dtype_name(bias_dtype);
    if (!relative.empty())
      text += std::string(" relative ") + relative + " " + std::to_string(buckets) + "/" + std::to_string(reach) + " " +
              dtype_name(bias_dtype);
    for (int32_t j : globals) text += std::string(" global ") + std::to_string(j);
    if (dropout_p > 0) text += std::string(" dropout ") + std::to_string(dropout_p);
    return text + " " + dtype_name(dtype) + " padding " + std::to_string(padding);
  }
};

inline std::vector<int32_t> cumulative(const std::vector<int32_t>& lengths) {
  std::vector<int32_t> cu{0};
  for (int32_t length : lengths) cu.push_back(cu.back() + length);
  return cu;
}
inline int64_t longest(const std::vector<int32_t>& lengths) {
  int64_t most = 0;
  for (int32_t length : lengths) most = length > most ? length : most;
  return most;
}

// What a term of a relative bias holds, and its gradient.
struct AttentionTermArrays {
  int64_t token_stride = 0, head_stride = 0;
  Buffer values, gradient;

  // `letter`: 'r' or 'c'. Heads lie further apart than their buckets.
  AttentionTermArrays(const AttentionCase& c, char letter, int64_t tokens, DType statistic)
      : values(c.bias_dtype, 0), gradient(statistic, 0) {
    const bool is_shared = c.relative.find(static_cast<char>(letter - 32)) != std::string::npos;
    if (!is_shared && c.relative.find(letter) == std::string::npos) return;
    head_stride = c.buckets + 2;
    token_stride = is_shared ? 0 : c.heads * head_stride + 1;
    values = Buffer(c.bias_dtype, (tokens - 1) * token_stride + c.heads * head_stride, letter);
    gradient = Buffer(statistic, tokens * c.heads * c.buckets, 0, 0, 7);
  }
  AttentionTerms terms() { return {values.count() > 0 ? values.data() : nullptr, token_stride, head_stride}; }
  void* gradient_data() { return values.count() > 0 ? gradient.data() : nullptr; }
};

struct AttentionArrays {
  AttentionCase c;
  std::vector<int32_t> q_cu, kv_cu;
  int64_t batch, q_tokens, kv_tokens, q_row, kv_row;
  int64_t bias_sizes[4], bias_strides[4];
  std::vector<int64_t> state = {1234, (int64_t{1} << 32) - 7};  // counters pass 2^32
  Buffer q, k, v, o, lse, d_o, dq, dk, dv, bias, dbias;
  AttentionTermArrays row, col;
  std::vector<int32_t> bucket_of;
  std::vector<uint8_t> is_global;

  static DType statistic(DType dtype) { return dtype == DType::f64 ? DType::f64 : DType::f32; }

  explicit AttentionArrays(const AttentionCase& test)
      : c(test),
        q_cu(cumulative(c.sq)),
        kv_cu(cumulative(c.skv)),
        batch(static_cast<int64_t>(c.sq.size())),
        q_tokens(q_cu.back() + c.padding),
        kv_tokens(kv_cu.back() + c.padding),
        q_row(c.heads * c.head_size + c.gap),
        kv_row(c.kv_heads * c.head_size + c.gap),
        q(c.dtype, q_tokens * q_row, 1, c.spread),
        k(c.dtype, kv_tokens * kv_row, 2, c.spread),
        v(c.dtype, kv_tokens * kv_row, 3),
        o(c.dtype, q_tokens * q_row, 0, 0, 7),
        lse(statistic(c.dtype), c.heads * q_tokens, 0, 0, 7),
        d_o(c.dtype, q_tokens * q_row, 4),
        dq(c.dtype, q_tokens * q_row, 0, 0, 7),
        dk(c.dtype, kv_tokens * kv_row, 0, 0, 7),
        dv(c.dtype, kv_tokens * kv_row, 0, 0, 7),
        bias(c.bias_dtype, 0),
        dbias(statistic(c.dtype), 0),
        row(c, 'r', q_tokens, statistic(c.dtype)),
        col(c, 'c', kv_tokens, statistic(c.dtype)),
        is_global(static_cast<size_t>(kv_tokens)) {
    // Runs of two and three distances share a bucket, and each bucket comes again further on.
    for (int64_t i = 0; i <= 2 * c.reach; ++i) bucket_of.push_back(static_cast<int32_t>(i * 2 / 5 * 3 % c.buckets));
    for (int32_t j : c.globals) is_global[static_cast<size_t>(j)] = 1;
    const int64_t whole[4] = {batch, c.heads, longest(c.sq), longest(c.skv)};
    int64_t size = 1;
    for (int i = 3; i >= 0; --i) {
      const bool has = c.bias.find("bhij"[i]) != std::string::npos;
      bias_sizes[i] = has ? whole[i] : 1;
      bias_strides[i] = has ? size : 0;
      size *= bias_sizes[i];
    }
    bias = Buffer(c.bias_dtype, c.bias.empty() ? 0 : size, 5);
    dbias = Buffer(statistic(c.dtype), c.bias.empty() ? 0 : size, 0, 0, 7);
  }

  AttentionProblem problem() {
    AttentionProblem p{};
    p.q_cu_seqlens = q_cu.data(), p.kv_cu_seqlens = kv_cu.data();
    p.stream = {state.data(), 5};
    if (!c.bias.empty()) {
      p.bias.kind = AttentionBiasKind::dense;
      p.bias.dense = {bias.data(), bias_strides[0], bias_strides[1], bias_strides[2], bias_strides[3], c.bias_dtype};
    }
    if (!c.relative.empty()) {
      p.bias.kind = AttentionBiasKind::relative;
      p.bias.relative = {row.terms(), col.terms(), bucket_of.data(), c.buckets, c.reach, c.bias_dtype};
    }
    p.global_keys = c.globals.empty() ? nullptr : is_global.data();
    p.batch = batch, p.heads = c.heads, p.kv_heads = c.kv_heads, p.head_size = c.head_size;
    p.q_tokens = q_tokens, p.kv_tokens = kv_tokens;
    p.max_sq = longest(c.sq), p.max_skv = longest(c.skv);
    p.q_stride = q_row, p.k_stride = p.v_stride = kv_row;
    p.window = c.window;
    p.scale = 1 / std::sqrt(static_cast<double>(c.head_size));
    p.dropout_p = c.dropout_p;
    p.is_causal = c.causal;
    p.dtype = c.dtype;
    return p;
  }
  AttentionForwardArgs forward() { return {q.data(), k.data(), v.data(), o.data(), lse.data(), problem(), q_row}; }
  AttentionBackwardArgs backward() {
    AttentionBackwardArgs args{};
    args.q = q.data(), args.k = k.data(), args.v = v.data(), args.o = o.data(), args.d_o = d_o.data();
    args.lse = lse.data();
    args.dq = dq.data(), args.dk = dk.data(), args.dv = dv.data();
    args.dbias = c.bias.empty() ? nullptr : dbias.data();
    args.d_row = row.gradient_data(), args.d_col = col.gradient_data();
    args.problem = problem();
    args.o_stride = args.d_o_stride = args.dq_stride = q_row;
    args.dk_stride = args.dv_stride = kv_row;
    args.dbias_batch_stride = bias_strides[0], args.dbias_head_stride = bias_strides[1];
    args.dbias_row_stride = bias_strides[2], args.dbias_col_stride = bias_strides[3];
    return args;
  }
};

}  // namespace gridstride::test
