// Gathers the accesses of lanes into accesses of warps, and counts those.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "native/emulation/failure.h"
#include "native/emulation/thread.h"
#include "native/emulation/traffic/banks.h"
#include "native/emulation/traffic/sectors.h"

namespace gridstride::emulation {

struct Launch;

class TrafficCounter {
 public:
  enum class Kind { read, write, async_copy };

  bool is_on() const { return is_on_; }
  void switch_on(bool on);
  const std::vector<Traffic>& launches() const { return launches_; }

  void start_launch(const Launch& launch);
  void start_block(unsigned threads);
  // An access by one lane, at a place in the program.
  void access(const Thread& thread, const void* p, size_t bytes, Kind kind, uint64_t place);
  // The rows of 16 bytes of an ldmatrix.
  void load_matrices(const char* const* rows, int matrices);
  // All lanes of a warp, or of the block, have met: what they did before belongs together.
  void close_warp(unsigned warp);
  void close_block();
  void finish_launch();

 private:
  struct Access {
    Kind kind;
    uint64_t number;  // of all, by when the first lane made it
    WarpAccess lanes;
  };
  // Accesses at one place since the warp's lanes last met. Those that all lanes have made are counted and gone.
  struct Place {
    std::vector<Access> open;
    uint32_t counted = 0;  // before the first open one
    std::array<uint32_t, 32> made{};
  };
  void count(const Access& access);
  void count_global(const WarpAccess& access, bool writes);

  bool is_on_ = false;
  uint64_t number_ = 0;
  std::vector<Traffic> launches_;
  std::vector<std::unordered_map<uint64_t, Place>> warps_;
  Sectors sectors_;
};

TrafficCounter& traffic_counter();

// A place in the source, for TrafficCounter::access.
uint64_t place_of(const Where& where);

}  // namespace gridstride::emulation
