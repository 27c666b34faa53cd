// The input of an encoder: rows of up to three tables added, then layer norm (norm/layer_norm.h), then dropout
// (random/dropout.h):
//   s[t] = words[ids[t]] + positions[position ids[t]] + types[type ids[t]], y = dropout(norm(s)).
// They are added in f32 (f64 for f64) in the order words, types, positions, and s is rounded to dtype before it is
// normalised. An id out of range is an error, as in embedding.h. Its gradient is made of other passes: dropout, layer
// norm backward, embedding backward.
#pragma once

#include <cstdint>

#include "kernels/common/dtype.h"
#include "kernels/math/philox.h"

namespace gridstride {

struct EmbeddingTable {
  const void* rows;  // (V, C), null: no such table
  const void* ids;   // (T), null: row t
  int64_t size;      // V
  DType dtype;       // f32, bf16 or f16 where the output is one of them, else f64
  DType id_dtype;    // i64 or i32
};

struct EmbeddingsForwardArgs {
  EmbeddingTable words;
  EmbeddingTable positions;
  EmbeddingTable types;
  const void* gamma;  // (C) parameter_dtype, null: no norm
  const void* beta;   // (C) parameter_dtype, null: 0
  void* y;            // (T, C)
  void* sum;          // (T, C) s, null: not kept
  void* mean;         // (T) f32, null: not kept, as without a norm
  void* inv_std;      // (T) f32, null: not kept, as without a norm
  int64_t rows;       // T
  int64_t channels;   // C
  double epsilon;
  DType dtype;
  DType parameter_dtype;
  ElementDropout dropout;  // of norm(s)
};

}  // namespace gridstride
