#include "kernels/embedding/embeddings.cuh"
#include "native/cuda/dispatch.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

namespace {

// Vectors a lane holds at most, as in layer norm.
constexpr int kVectors = 8;

void require_floating(const EmbeddingTable& table) {
  if (table.rows && table.dtype == DType::f64) throw_dtype("embeddings", "be f32, bf16 or f16", table.dtype);
}

}  // namespace

void embeddings_forward(const EmbeddingsForwardArgs& args, Run& run) {
  for (const EmbeddingTable* table : {&args.words, &args.positions, &args.types}) require_floating(*table);
  if (args.rows == 0 || args.channels == 0) return;
  const bool aligned =
      are_aligned(args.words.rows, args.positions.rows, args.types.rows, args.gamma, args.beta, args.y, args.sum);
  const int vectors = aligned ? vectors_per_lane(args.channels, args.dtype, kVectors) : 0;
  const MaskParameters dropout = mask_parameters(args.dropout);
  with_floating("embeddings", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (vectors == 0)
      return check_launch("embeddings_forward",
                          launch(run.stream, static_cast<unsigned>(args.rows), kEmbeddingsBlockThreads, 0,
                                 embeddings_forward_block_per_row<T>, args, dropout, run.faults));
    with_vectors<kVectors>(vectors, [&](auto n) {
      check_launch("embeddings_forward",
                   launch(run.stream, blocks_for(args.rows, kEmbeddingsWarps), kEmbeddingsWarps * kWarpSize, 0,
                          embeddings_forward_warp_per_row<T, n.value>, args, dropout, run.faults));
    });
  });
}

}  // namespace gridstride::cuda
