// A bit per key: whether it is global. Sequence b has words of its own, 32 keys each, from the one of attention_globals
// on, so that a tile of keys is a few whole words.
#pragma once

#include "kernels/attention/attention.h"
#include "kernels/common/device.cuh"

namespace gridstride {

inline int64_t attention_global_words(const AttentionProblem& p) { return p.kv_tokens / kWarpSize + p.batch + 1; }

template <class Word>
__device__ __forceinline__ Word* attention_globals(Word* words, int64_t b, int64_t kv_begin) {
  return words ? words + kv_begin / kWarpSize + b : nullptr;
}

}  // namespace gridstride
