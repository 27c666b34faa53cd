// What the race detector remembers of each byte of shared and global memory.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace gridstride::emulation {

struct Access {
  uint32_t block = 0;  // counts the blocks of all launches from 1; 0: no access
  uint32_t place = 0;  // in the program, see detector.cc
  uint32_t clock = 0;  // of the thread
  uint32_t epoch = 0;  // barriers of the whole block before it
  uint16_t thread = 0;
};

// The last write, and two reads since: of different warps where there were such, so that a write in any warp meets a
// read of another.
struct ByteHistory {
  Access write;
  std::array<Access, 2> reads;
  bool is_pending = false;  // cp.async will write here
};

class Shadow {
 public:
  ByteHistory& of(const void* p) {
    const auto address = reinterpret_cast<uintptr_t>(p);
    if (address / kPageBytes != last_number_ || !last_) {
      last_number_ = address / kPageBytes;
      auto& page = pages_[last_number_];
      if (!page) page = std::make_unique<Page>();
      last_ = page.get();
    }
    return (*last_)[address % kPageBytes];
  }
  // Whether nothing near `p` was touched since the last clear().
  bool is_new(const void* p) const {
    const uintptr_t number = reinterpret_cast<uintptr_t>(p) / kPageBytes;
    return !(last_ && number == last_number_) && !pages_.contains(number);
  }
  void clear() {
    pages_.clear();
    last_ = nullptr;
  }

 private:
  static constexpr uintptr_t kPageBytes = 512;
  using Page = std::array<ByteHistory, kPageBytes>;
  std::unordered_map<uintptr_t, std::unique_ptr<Page>> pages_;
  uintptr_t last_number_ = 0;
  Page* last_ = nullptr;
};

}  // namespace gridstride::emulation
