// Attention of each sequence's newest tokens over a paged key/value cache, for inference: attention.h's formula without
// dropout or gradient, and of its biases the relative one without a term per key. Queries are segments of the token
// rows, [q_cu[b], q_cu[b + 1]), mostly of one token; rows at or past q_cu[batch] are padding and get zeros. Key j of
// sequence b, for j in [0, kv_lengths[b]), lies in page page_table[b][j / page_size] at j % page_size. Query i of sq
// stands at position kv_lengths[b] - sq + i and sees keys up to it, at most `window` back; its bias to key j is
// row[token, h, c] with c = bucket_of[clamp(j - position, -reach, reach) + reach]. A query that sees no key gives
// zeros. Query head h reads key/value head h / (heads / kv_heads). Only pages that a query sees are looked up: others
// may be gone.
//
// Lengths, pages and segments are read on the device, so that a replay takes new ones: launches are sized by max_pages,
// window and max_sq. The order of all sums is set by the sequence's own lengths (decode_splits.h): a sequence gives the
// same bits alone and beside others. A length outside [0, max_pages page_size] or a page outside [0, pages) throws
// Error(kData). Products and sums are f32 (f64 for dtype f64), rounded once. Source: Dao et al., "Flash-Decoding for
// long-context inference" (2023); pages: Kwon et al., "PagedAttention" (arXiv 2309.06180).
#pragma once

#include <cstdint>

#include "kernels/attention/attention.h"

namespace gridstride {

constexpr int64_t kDecodeHeadSize = 256;  // at most

struct AttentionDecodeArgs {
  const void* q;                              // (q_tokens, heads, head_size), rows q_stride apart
  const void* k_cache;                        // (pages, page_size, kv_heads, head_size)
  const void* v_cache;                        // (pages, page_size, kv_heads, head_size)
  const int32_t* q_cu_seqlens;                // (batch + 1)
  const int32_t* page_table;                  // (batch, max_pages)
  const int32_t* kv_lengths;                  // (batch)
  void* o;                                    // (q_tokens, heads, head_size)
  int64_t batch, heads, kv_heads, head_size;  // kv_heads divides heads
  int64_t q_tokens, max_sq;                   // rows, padding included; no sequence has more queries
  int64_t pages, page_size, max_pages;        // pages page_size < 2^31
  int64_t q_stride;                           // elements between tokens; heads lie head_size apart
  int64_t window;                             // -1: none
  AttentionRelativeBias bias;                 // row.data null: none; col is not read
  double scale;
  DType dtype;
};

}  // namespace gridstride
