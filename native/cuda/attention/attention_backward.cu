#include "kernels/attention/backward_bias.cuh"
#include "native/cuda/attention/backward_mma.h"
#include "native/cuda/attention/launch.h"

namespace gridstride::cuda {

namespace {

constexpr char kOp[] = "attention_backward";

// (heads, q_tokens) values of queries twice, the list of tiles, and the bits of global keys.
BackwardRoom backward_room(const AttentionProblem& p, Run& run) {
  int64_t list_bytes = 0;
  for (const int tile_rows : {64, 128})
    for (const bool of_keys : {false, true})
      list_bytes = std::max(list_bytes, AttentionTiles(p, of_keys, tile_rows).list_bytes());
  const int64_t count = p.heads * p.q_tokens, bits = global_bytes(p);
  char* const list =
      static_cast<char*>(run.workspace(list_bytes + bits + 2 * count * static_cast<int64_t>(sizeof(float))));
  float* const values = reinterpret_cast<float*>(list + list_bytes + bits);
  return {{values, values + count}, list, mark_globals(kOp, p, list + list_bytes, run)};
}

void fill_rows(const AttentionBackwardArgs& args, const AttentionRows& rows, Run& run) {
  const AttentionProblem& p = args.problem;
  const int64_t length = 16 / dtype_size(p.dtype);
  const bool by_vectors = are_aligned(args.o, args.d_o) && p.head_size % length == 0 && args.o_stride % length == 0 &&
                          args.d_o_stride % length == 0;
  const unsigned blocks = blocks_for(p.q_tokens * p.heads, kAttentionRowThreads / 8);
  with_floating("attention", p.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    check_launch(
        kOp, launch(run.stream, blocks, kAttentionRowThreads, 0, attention_backward_rows<T>, args, rows, by_vectors));
  });
}

void gradients_by_simt(const AttentionBackwardArgs& args, const BackwardRoom& room, Run& run) {
  const AttentionProblem& p = args.problem;
  const unsigned parts = blocks_for(p.head_size, 64);
  const AttentionTiles keys(p, true, kSimtRows), queries(p, false, kSimtRows);
  check_launch(
      kOp, launch(run.stream, dim3(keys.blocks(p.kv_heads), parts), kSimtThreads, simt_shared(2).bytes(),
                  attention_backward_keys_simt, args, keys.prepare(kOp, p, room.list, room.globals, run), room.rows));
  check_launch(kOp, launch(run.stream, dim3(queries.blocks(p.heads), parts), kSimtThreads, simt_shared(2).bytes(),
                           attention_backward_queries_simt, args, queries.prepare(kOp, p, room.list, room.globals, run),
                           room.rows));
}

void bias_gradient(const AttentionBackwardArgs& args, const BackwardRoom& room, Run& run) {
  const AttentionProblem& p = args.problem;
  const BiasGradientShape shape = {args.dbias_batch_stride ? p.batch : 1, args.dbias_head_stride ? p.heads : 1,
                                   args.dbias_row_stride ? blocks_for(p.max_sq, kSimtRows) : 1,
                                   args.dbias_col_stride ? blocks_for(p.max_skv, kSimtRows) : 1};
  const int64_t blocks = shape.batch * shape.heads * shape.row_tiles * shape.column_tiles;
  if (blocks > 0)
    check_launch(kOp, launch(run.stream, static_cast<unsigned>(blocks), kSimtThreads, simt_shared(2).bytes(),
                             attention_backward_bias, args, shape, room.rows, room.globals));
}

bool fits_vectors(const AttentionBackwardArgs& args) {
  const AttentionProblem& p = args.problem;
  return moves_in_vectors(args.q, p.q_stride) && moves_in_vectors(args.k, p.k_stride) &&
         moves_in_vectors(args.v, p.v_stride) && moves_in_vectors(args.d_o, args.d_o_stride) &&
         moves_in_vectors(args.dq, args.dq_stride) && moves_in_vectors(args.dk, args.dk_stride) &&
         moves_in_vectors(args.dv, args.dv_stride);
}

}  // namespace

void attention_backward(const AttentionBackwardArgs& args, Run& run) {
  const AttentionProblem& p = args.problem;
  if (p.heads == 0 || p.head_size == 0) return;
  const BackwardRoom room = backward_room(p, run);
  with_floating("attention", p.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (p.q_tokens > 0) fill_rows(args, room.rows, run);
    if constexpr (!std::is_same_v<T, float>)
      if (fits_vectors(args) && fits_tensor_cores(p)) {
        attention_backward_keys_by_mma<T>(args, room, run);
        return attention_backward_queries_by_mma<T>(args, room, run);
      }
    gradients_by_simt(args, room, run);
  });
  if (args.dbias) bias_gradient(args, room, run);
}

}  // namespace gridstride::cuda
