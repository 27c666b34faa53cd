// What a launch moves: bytes of global memory and the 32-byte sectors its warps ask for, and shared memory with its
// bank conflicts. Counted where a warp's lanes execute one instruction together: lanes' accesses at one place in the
// program belong together in the order in which each lane makes them, anew after every barrier and warp operation. The
// race build sees every access of compiled code; the other builds see vectors, ldmatrix and cp.async alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gridstride::emulation {

// Shared memory serves 32 banks of 4 bytes a wavefront; a warp's access takes one for each 4 (8, 16) bytes a lane
// wants, and one more for each further word that a bank must give or take meanwhile: a conflict.
struct SharedTraffic {
  int64_t bytes = 0, wavefronts = 0, conflicts = 0;
};

struct Traffic {
  const void* kernel = nullptr;
  unsigned threads = 0;  // of a block
  size_t dynamic_bytes = 0;

  int64_t bytes_read = 0, bytes_written = 0;      // each byte of global memory once
  int64_t sectors_read = 0, sectors_written = 0;  // that warps asked for
  // What passes between memory and the multiprocessors when the working set is far larger than any cache. A sector
  // moves at each request, except that a block keeps the last 64 bytes a thread it read and wrote (its share of L1, and
  // stores that meet on their way), and what several blocks read moves once where it is at most 64 KiB in all
  // (parameters: any cache keeps them).
  int64_t bytes_moved = 0;

  SharedTraffic matrix_loads, async_copies, accesses;

  std::string name() const;
};

// Counts from now on, or no more; forgets what was counted. Between launches; off from the start, and then free. While
// it counts the race detector rests.
void count_traffic(bool counts);
// Of each launch since.
const std::vector<Traffic>& traffic();

}  // namespace gridstride::emulation
