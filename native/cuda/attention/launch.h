// What the launchers of attention share: which path a problem takes, and how its tiles are found.
#pragma once

#include "kernels/attention/bucket_sums.cuh"
#include "kernels/attention/simt_tile.cuh"
#include "native/cuda/dispatch.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

// Whether cp.async and ldmatrix can move heads of that many elements, rows `stride` apart.
inline bool moves_in_vectors(const void* data, int64_t stride) { return are_aligned(data) && stride % 8 == 0; }

// Buckets of a relative bias are staged in 16 bits each, in 16 KiB at most (see StagedBias).
inline bool can_stage(const AttentionProblem& p) {
  const AttentionRelativeBias& bias = p.bias.relative;
  const auto is_near = [&](int64_t tokens, const AttentionTerms& terms) {
    return tokens * terms.token_stride + bias.buckets < int64_t{1} << 32;
  };
  return p.bias.kind != AttentionBiasKind::relative || (staged_buckets(p) <= 8193 && bias.buckets <= 65536 &&
                                                        is_near(p.max_sq, bias.row) && is_near(p.max_skv, bias.col));
}

inline bool fits_tensor_cores(const AttentionProblem& p) {
  return can_stage(p) && (p.dtype == DType::bf16 || p.dtype == DType::f16) && p.head_size % 8 == 0 &&
         p.head_size <= 128;
}

// A window without global keys is a band. Without a window all keys are seen alike.
inline bool has_globals(const AttentionProblem& p) { return p.global_keys && p.window >= 0; }

// Whether scores are the products times a scale above 0, within a band, and nothing is dropped.
inline bool is_plain(const AttentionProblem& p) {
  return p.bias.kind == AttentionBiasKind::none && p.dropout_p <= 0 && p.scale > 0 && !has_globals(p);
}

// What the kernels on the tensor cores take in shared memory beside their operands (take_buckets, take_bucket_tiles).
inline void add_relative(SharedSize& shared, const AttentionProblem& p, const void* gradient = nullptr) {
  if (staged_buckets(p) > 0) shared.add<uint16_t>(staged_buckets(p));
  if (gradient) shared.add<float>(4 * kBucketRows * kBucketPitch);
}

// The shared memory of attention's SIMT kernels: both staged operands and `tiles` matrices of products.
inline SharedSize simt_shared(int tiles = 1) {
  SharedSize shared;
  shared.add<float>(kSimtRows * kSimtPitch).add<float>(kSimtDepth * 16 * 8);
  for (int i = 0; i < tiles; ++i) shared.add<float>(kSimtRows * kSimtTilePitch);
  return shared;
}

// body(std::integral_constant<int, kD>{}) with the narrowest tile that holds a head.
template <class Body>
void with_tile_width(int64_t head_size, Body&& body) {
  if (head_size <= 32) return body(std::integral_constant<int, 32>{});
  if (head_size <= 64) return body(std::integral_constant<int, 64>{});
  body(std::integral_constant<int, 128>{});
}

// body(std::integral_constant<int, kD>{}, Tag<Scores>{})
template <class Body>
void with_width_and_scores(const AttentionProblem& p, Body&& body) {
  with_tile_width(p.head_size, [&](auto width) {
    if (is_plain(p))
      body(width, Tag<PlainScores>{});
    else if (p.bias.kind == AttentionBiasKind::relative)
      body(width, Tag<RelativeScores>{});
    else
      body(width, Tag<ModifiedScores>{});
  });
}

// Room for the bits of global keys, and what writes them: null where there are none.
inline int64_t global_bytes(const AttentionProblem& p) {
  if (!has_globals(p)) return 0;
  return (attention_global_words(p) * static_cast<int64_t>(sizeof(uint32_t)) + 255) / 256 * 256;
}
const uint32_t* mark_globals(const char* op, const AttentionProblem& p, void* room, Run& run);

// The tiles of `rows` queries (or keys) of all sequences. Where sequences fill less than nine tenths of max_sq (or
// max_skv) a list is worth its launch; it lies in the first list_bytes of the workspace.
class AttentionTiles {
 public:
  AttentionTiles(const AttentionProblem& p, bool of_keys, int rows) : of_keys_(of_keys), rows_(rows) {
    const int64_t tokens = of_keys ? p.kv_tokens : p.q_tokens, longest = of_keys ? p.max_skv : p.max_sq;
    const int64_t counted = p.batch * blocks_for(longest, rows), listed = tokens / rows + p.batch;
    is_list_ = p.batch > 1 && listed < counted * 9 / 10;
    count_ = is_list_ ? listed : counted;
  }
  int64_t list_bytes() const {
    return is_list_ ? (count_ * static_cast<int64_t>(sizeof(AttentionTile)) + 255) / 256 * 256 : 0;
  }
  // Blocks of a grid with `heads` blocks per tile: at least one, which clears padding.
  unsigned blocks(int64_t heads) const { return static_cast<unsigned>(count_ > 0 ? count_ * heads : 1); }

  // Writes the list, where there is one.
  AttentionWork prepare(const char* op, const AttentionProblem& p, void* list, const uint32_t* globals, Run& run) const;

 private:
  bool of_keys_, is_list_;
  int rows_;
  int64_t count_;
};

// The tiles of a forward pass, with its whole workspace.
inline AttentionWork prepare_forward(const AttentionTiles& tiles, const AttentionProblem& p, Run& run) {
  const int64_t bytes = tiles.list_bytes() + global_bytes(p);
  char* const room = bytes > 0 ? static_cast<char*>(run.workspace(bytes)) : nullptr;
  const uint32_t* const globals = mark_globals("attention_forward", p, room + tiles.list_bytes(), run);
  return tiles.prepare("attention_forward", p, room, globals, run);
}

}  // namespace gridstride::cuda
