// Attention over packed tokens: for query i of a sequence, o_i = sum over visible keys j of P_ij v_j with
// P_i = softmax(scale q_i k_j + bias_ij), dropped and scaled by 1 / (1 - p) where dropout is on.
// Sequences are segments of the token rows: queries [q_cu[b], q_cu[b + 1]), keys and values [kv_cu[b], kv_cu[b + 1]);
// tokens at or past cu[batch] are padding and get zeros. Query i of sq stands at position i + skv - sq among the skv
// keys: causal sees keys up to its position, a window those at most `window` away from it. A row that sees no key gives
// zeros and lse = -inf. Query head h reads key/value head h / (heads / kv_heads). Global keys are seen whatever the
// window says, by all queries that causal lets see them (Beltagy et al., "Longformer", arXiv 2004.05150).
//
// Relative bias: bias_ij = row[i, h, c] + col[j, h, c] with c = bucket_of[clamp(j - position of i, -reach, reach) +
// reach]. T5's table of distances is a row that all tokens share (Raffel et al., arXiv 1910.10683); DeBERTa's
// content-to-position term Q Kr^T is a row per query and its position-to-content term K Qr^T a col per key (He et al.,
// arXiv 2006.03654). These come from products outside, linear in the sequence; the kernel gathers by distance, so that
// no (sq, skv) matrix lies in memory.
//
// Backward, with g = dL/do, delta_i = g_i . o_i and the same P: dv_j = sum_i P_ij g_i, ds_ij = P_ij (g_i . v_j -
// delta_i), dq_i = scale sum_j ds_ij k_j, dk_j = scale sum_i ds_ij q_i, summed over the heads of a group in order,
// dbias_ij = ds_ij, summed in order over the dimensions that the bias repeats; d_row[i, h, c] is the sum of ds_ij over
// the keys in bucket c, d_col[j, h, c] that over the queries. No (sq, skv) matrix is kept: P comes again from q, k and
// lse.
//
// Dropout: element (b, h, i, j) takes word j % 4 of Philox counter stream.state[1] + stream.delta +
// ((b heads + h) max_sq + i) ceil(max_skv / 4) + j / 4, and is dropped where the word lies below dropout_threshold(p).
// A call uses batch heads max_sq ceil(max_skv / 4) counters.
//
// Products and sums are f32 (f64 for dtype f64), rounded once; where products take bf16 or f16 (CUDA, CPUs with
// products of bf16), weights and score gradients are rounded to that on their way into the next product. Sources: Dao,
// "FlashAttention-2" (arXiv 2307.08691); Milakov and Gimelshein, "Online normalizer calculation for softmax" (arXiv
// 1805.02867).
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/math/philox.h"

namespace gridstride {

// What is added to the scores. A further kind adds its own struct to AttentionBias; values are part of the Args
// layouts: append, never renumber.
enum class AttentionBiasKind : int32_t { none, dense, relative };

// bias_ij of (batch b, head h) lies at b batch_stride + h head_stride + i row_stride + j col_stride; stride 0 repeats.
struct AttentionDenseBias {
  const void* data;
  int64_t batch_stride, head_stride, row_stride, col_stride;
  DType dtype;  // f32 or the problem's dtype
};

// Element c of (token, head h) lies at token token_stride + h head_stride + c; stride 0 repeats.
struct AttentionTerms {
  const void* data;
  int64_t token_stride, head_stride;  // below 2^31
};

struct AttentionRelativeBias {
  AttentionTerms row;        // of the query
  AttentionTerms col;        // of the key; data may be null
  const int32_t* bucket_of;  // (2 reach + 1), values in [0, buckets)
  int64_t buckets, reach;
  DType dtype;  // of both terms: f32 or the problem's dtype
};

struct AttentionBias {
  AttentionDenseBias dense;
  AttentionRelativeBias relative;
  AttentionBiasKind kind;
};

// What forward and backward share.
struct AttentionProblem {
  const int32_t* q_cu_seqlens;   // (batch + 1)
  const int32_t* kv_cu_seqlens;  // (batch + 1)
  const uint8_t* global_keys;    // (kv_tokens), not 0: seen outside of the window too; null: none
  RandomStream stream;           // read when dropout_p > 0
  AttentionBias bias;
  int64_t batch, heads, kv_heads, head_size;  // kv_heads divides heads
  int64_t q_tokens, kv_tokens;                // rows, padding included
  int64_t max_sq, max_skv;                    // no sequence is longer
  int64_t q_stride, k_stride, v_stride;       // elements between tokens; heads lie head_size apart
  int64_t window;                             // -1: none
  double scale;
  double dropout_p;  // in [0, 1]
  int32_t is_causal;
  DType dtype;
};

struct AttentionForwardArgs {
  const void* q;  // (q_tokens, heads, head_size)
  const void* k;  // (kv_tokens, kv_heads, head_size)
  const void* v;  // (kv_tokens, kv_heads, head_size)
  void* o;        // (q_tokens, heads, head_size), rows o_stride apart
  void* lse;      // (heads, q_tokens) f32 (f64 for f64): log of the sum of exp(score); null: not kept
  AttentionProblem problem;
  int64_t o_stride;
};

// dq, dk, dv may be views into one (tokens, 3 C) buffer, like q, k, v.
struct AttentionBackwardArgs {
  const void* q;
  const void* k;
  const void* v;
  const void* o;    // (q_tokens, heads, head_size), rows o_stride apart
  const void* d_o;  // gradient of o, rows d_o_stride apart
  const void* lse;  // (heads, q_tokens)
  void* dq;         // (q_tokens, heads, head_size), rows dq_stride apart
  void* dk;         // (kv_tokens, kv_heads, head_size), rows dk_stride apart
  void* dv;         // (kv_tokens, kv_heads, head_size), rows dv_stride apart
  void* dbias;  // f32 (f64 for f64), null: not wanted. Sizes (batch, heads, max_sq, max_skv), 1 where its stride is 0
  void* d_row;  // (q_tokens, heads, buckets) f32 (f64 for f64), dense; null: not wanted
  void* d_col;  // (kv_tokens, heads, buckets), likewise
  AttentionProblem problem;
  int64_t o_stride, d_o_stride, dq_stride, dk_stride, dv_stride;
  int64_t dbias_batch_stride, dbias_head_stride, dbias_row_stride, dbias_col_stride;
};

}  // namespace gridstride
