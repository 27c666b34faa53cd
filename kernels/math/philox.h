// Philox 4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011): counter-based random numbers,
// the same on every device. Element i of a stream takes word i % 4 of counter offset + i / 4.
#pragma once

#include <cstdint>

#include "kernels/common/host_device.h"

namespace gridstride {

struct Philox4 {
  uint32_t word[4];
};

GS_HOST_DEVICE Philox4 philox(uint64_t seed, uint64_t counter) {
  uint32_t key0 = static_cast<uint32_t>(seed), key1 = static_cast<uint32_t>(seed >> 32);
  Philox4 c{{static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32), 0, 0}};
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = static_cast<uint64_t>(0xD2511F53u) * c.word[0];
    const uint64_t product1 = static_cast<uint64_t>(0xCD9E8D57u) * c.word[2];
    c = {{static_cast<uint32_t>(product1 >> 32) ^ c.word[1] ^ key0, static_cast<uint32_t>(product1),
          static_cast<uint32_t>(product0 >> 32) ^ c.word[3] ^ key1, static_cast<uint32_t>(product0)}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return c;
}

// Where a random op reads its numbers: seed and base offset live in device memory, so that a replayed step draws anew.
struct RandomStream {
  const int64_t* state;  // (2): seed, base offset
  int64_t delta;         // counters consumed before this op within the step
};

// Dropout (random/dropout.h) within another op, on the elements of one of its tensors.
struct ElementDropout {
  RandomStream stream;
  double p;  // 0: none, and the stream is not read
};

// A dropout element is dropped when its 32-bit word lies below this threshold.
GS_HOST_DEVICE uint32_t dropout_threshold(double p) {
  const double scaled = p * 4294967296.0;
  return scaled >= 4294967295.0 ? 4294967295u : static_cast<uint32_t>(scaled);
}
// What kept elements are multiplied by; with p = 1 none is.
GS_HOST_DEVICE double dropout_scale(double p) { return p < 1 ? 1 / (1 - p) : 0; }

}  // namespace gridstride
