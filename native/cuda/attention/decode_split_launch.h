// The launcher that decode_split_f32.cu, decode_split_bf16.cu and decode_split_f16.cu instantiate.
#pragma once

#include <algorithm>

#include "kernels/attention/attention_decode.cuh"
#include "native/cuda/attention/decode_split.h"
#include "native/cuda/dispatch.h"

namespace gridstride::cuda {

template <class T, class Shape>
void launch_decode_rows(const AttentionDecodeArgs& args, DecodeWork work, Run& run) {
  work.chunks = std::max<int64_t>(1, blocks_for(args.max_sq * (args.heads / args.kv_heads), Shape::kRows));
  const int64_t blocks = args.batch * args.kv_heads * work.splits * work.chunks;
  SharedSize shared;
  shared.add<float>(Shape::kRows * Shape::kWidth);
  shared.add<float>(kDecodeThreads * Shape::kRows);
  // At least one, which clears padding.
  check_launch("attention_decode", launch(run.stream, static_cast<unsigned>(blocks > 0 ? blocks : 1), kDecodeThreads,
                                          shared.bytes(), attention_decode_split<T, Shape>, args, work));
}

// The fewest rows that hold a sequence's, sixteen at most (eight of heads past 128 elements). All add up in the same
// order: how many rows there are changes no bit.
template <class T, int kLength, int kVectors, int kTeam>
void launch_decode_shape(const AttentionDecodeArgs& args, const DecodeWork& work, Run& run) {
  const int64_t rows = args.max_sq * (args.heads / args.kv_heads);
  if (rows <= 1) return launch_decode_rows<T, DecodeShape<kLength, kVectors, kTeam, 1>>(args, work, run);
  if (rows <= 4) return launch_decode_rows<T, DecodeShape<kLength, kVectors, kTeam, 4>>(args, work, run);
  if constexpr (kVectors * kTeam * kLength <= 128)
    if (rows > 8) return launch_decode_rows<T, DecodeShape<kLength, kVectors, kTeam, 16>>(args, work, run);
  launch_decode_rows<T, DecodeShape<kLength, kVectors, kTeam, 8>>(args, work, run);
}

template <class T>
void launch_decode_split(const AttentionDecodeArgs& args, const DecodeWork& work, Run& run) {
  constexpr int kLength = kVectorLength<T>;
  if (!are_aligned(args.k_cache, args.v_cache) || args.head_size % kLength != 0)
    return launch_decode_rows<T, DecodeShape<1, 8, 32, 4>>(args, work, run);
  if (args.head_size <= 64) return launch_decode_shape<T, kLength, 1, 64 / kLength>(args, work, run);
  if (args.head_size <= 128) return launch_decode_shape<T, kLength, 1, 128 / kLength>(args, work, run);
  launch_decode_shape<T, kLength, 8 / kLength, 32>(args, work, run);
}

}  // namespace gridstride::cuda
