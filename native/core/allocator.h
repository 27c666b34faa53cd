// Caching allocator of one device. A freed block may be reused at once: everything that touches a device's memory
// passes through its one ordered queue, and queued work holds references to the storages it needs.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <vector>

#include "native/core/backend.h"

namespace gridstride {

struct MemoryStats {
  int64_t live_bytes = 0;    // in blocks that storages hold
  int64_t cached_bytes = 0;  // in blocks kept for reuse
  int64_t peak_bytes = 0;    // highest live_bytes since the start
  int64_t live_blocks = 0;
};

// A block kept for reuse.
struct CachedBlock {
  void* data;
  int64_t bytes;
};

class CachingAllocator {
 public:
  explicit CachingAllocator(Backend& backend) : backend_(backend) {}
  ~CachingAllocator() { release_cache(); }

  // Throws Error(kOutOfMemory) when neither the cache nor the device, after the cache was given back, has the bytes.
  void* allocate(int64_t bytes);
  void free(void* data);
  // Gives all cached blocks back to the device, which may take a while.
  void release_cache();
  // The same in two steps: the first is quick, the second may run on another thread.
  std::vector<CachedBlock> take_cache();
  void give_back(const std::vector<CachedBlock>& blocks);
  MemoryStats stats() const;
  // Bound on live plus cached bytes; 0 means the device's own.
  void set_limit(int64_t bytes);

 private:
  using Recency = std::list<CachedBlock>;

  static int64_t rounded(int64_t bytes);
  void* take_cached(int64_t bytes, int64_t* block_bytes);
  void* reserve(int64_t bytes);
  void trim();
  void evict_oldest();

  Backend& backend_;
  mutable std::mutex mutex_;
  Recency recency_;  // oldest first
  std::multimap<int64_t, Recency::iterator> by_size_;
  std::map<void*, int64_t> block_bytes_;  // live blocks: true size
  MemoryStats stats_;
  int64_t limit_ = 0;
};

}  // namespace gridstride
