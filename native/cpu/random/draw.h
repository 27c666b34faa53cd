// Hands out the words of a random stream, one counter at a time; dropout of a single element.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/math/philox.h"
#include "native/cpu/pool.h"

namespace gridstride::cpu {

// body(first, words, n): the n <= 4 elements from `first` on and the counter's words, over `count` elements.
template <class Body>
void each_counter(Pool& pool, const RandomStream& stream, int64_t count, Body&& body) {
  const auto seed = static_cast<uint64_t>(stream.state[0]);
  const uint64_t base = static_cast<uint64_t>(stream.state[1]) + static_cast<uint64_t>(stream.delta);
  pool.ranges((count + 3) / 4, 1024, [&](int64_t begin, int64_t end, int) {
    for (int64_t k = begin; k < end; ++k) {
      const Philox4 words = philox(seed, base + static_cast<uint64_t>(k));
      body(4 * k, words.word, std::min<int64_t>(4, count - 4 * k));
    }
  });
}

// One element of `x` through dropout, without the speed of whole counters.
inline double drop_element(const ElementDropout& dropout, double x, int64_t element) {
  if (!(dropout.p > 0)) return x;
  const auto seed = static_cast<uint64_t>(dropout.stream.state[0]);
  const uint64_t base = static_cast<uint64_t>(dropout.stream.state[1]) + static_cast<uint64_t>(dropout.stream.delta);
  const uint32_t word = philox(seed, base + static_cast<uint64_t>(element / 4)).word[element % 4];
  return word >= dropout_threshold(dropout.p) ? x * dropout_scale(dropout.p) : 0;
}

}  // namespace gridstride::cpu
