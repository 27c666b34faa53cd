// Sectors of 32 bytes of global memory in one launch: who asked for them, and what of that moves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>

#include "native/emulation/traffic/traffic.h"

namespace gridstride::emulation {

constexpr uintptr_t kSectorBytes = 32;

// The sectors used last, as many as a cache holds.
class RecentSectors {
 public:
  void reset(size_t capacity);
  // Whether the sector is among them; now it is the last.
  bool use(uintptr_t sector);

 private:
  size_t capacity_ = 0;
  std::list<uintptr_t> order_;  // the last first
  std::unordered_map<uintptr_t, std::list<uintptr_t>::iterator> places_;
};

class Sectors {
 public:
  void start_launch();
  void start_block(unsigned threads);
  // A warp asks for a sector once; `mask` has the bytes of it that it wants.
  void request(uintptr_t sector, uint32_t mask, bool writes);
  void finish_launch(Traffic& traffic) const;

 private:
  struct Sector {
    uint32_t read_mask = 0, write_mask = 0;  // bytes
    uint32_t read_block = 0;                 // that read it first, from 1
    bool is_read_by_several = false;
    int64_t misses = 0;  // reads that the block's cache had not
  };
  std::unordered_map<uintptr_t, Sector> sectors_;
  RecentSectors read_, written_;
  uint32_t block_ = 0;
  int64_t reads_ = 0, writes_ = 0, write_misses_ = 0;
};

}  // namespace gridstride::emulation
