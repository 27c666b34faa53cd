// A thread's tile registers. Only for *.amx_*.cc files; the process has asked for tiles in features.cc.
#pragma once

#include <cstdint>

namespace gridstride::cpu {

// All eight tiles: 16 rows of 64 bytes.
static inline void configure_tiles() {
  struct alignas(64) Configuration {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  };
  static constexpr Configuration configuration;
  static_assert(sizeof configuration == 64);
  __asm__ volatile("ldtilecfg %0" ::"m"(configuration));
}

// What the system need not save at a switch any more.
static inline void release_tiles() { __asm__ volatile("tilerelease"); }

}  // namespace gridstride::cpu
