// Vector clocks of a block's threads: what a thread knows to have happened. A thread's own clock counts its releases;
// thread A's access at clock c is known to B when B's entry for A is at least c.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace gridstride::emulation {

class KnownClocks {
 public:
  void clear() { warps_ = 0; }

  uint32_t of(unsigned thread) const { return warps_ >> (thread / 32) & 1 ? clocks_[thread] : 0; }

  void raise(unsigned thread, uint32_t clock) {
    open(thread / 32);
    clocks_[thread] = std::max(clocks_[thread], clock);
  }

  void join(const KnownClocks& other) {
    for (unsigned warp = 0; warp < 32; ++warp) {
      if (!(other.warps_ >> warp & 1)) continue;
      open(warp);
      for (unsigned i = warp * 32; i < warp * 32 + 32; ++i) clocks_[i] = std::max(clocks_[i], other.clocks_[i]);
    }
  }

 private:
  void open(unsigned warp) {
    if (warps_ >> warp & 1) return;
    if (clocks_.empty()) clocks_.resize(1024);
    std::fill_n(clocks_.begin() + warp * 32, 32, 0u);
    warps_ |= 1u << warp;
  }

  uint32_t warps_ = 0;            // of which anything is known; the rest of clocks_ is stale
  std::vector<uint32_t> clocks_;  // by thread
};

}  // namespace gridstride::emulation
