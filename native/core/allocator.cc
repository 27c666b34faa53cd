#include "native/core/allocator.h"

#include <algorithm>
#include <string>

#include "native/core/error.h"

namespace gridstride {

namespace {

constexpr int64_t kLarge = 1 << 20;
constexpr int64_t kSlack = 64 << 20;

}  // namespace

// Small requests share few sizes; large ones are rounded to pages and matched within an eighth.
int64_t CachingAllocator::rounded(int64_t bytes) {
  if (bytes >= kLarge) return (bytes + 4095) & ~int64_t{4095};
  int64_t step = 64;
  while (step * 8 < bytes) step *= 2;
  return std::max<int64_t>((bytes + step - 1) / step * step, 64);
}

void* CachingAllocator::take_cached(int64_t bytes, int64_t* block_bytes) {
  const auto found = by_size_.lower_bound(bytes);
  if (found == by_size_.end() || found->first > bytes + bytes / 8) return nullptr;
  void* data = found->second->data;
  *block_bytes = found->first;
  stats_.cached_bytes -= found->first;
  recency_.erase(found->second);
  by_size_.erase(found);
  return data;
}

void* CachingAllocator::reserve(int64_t bytes) {
  if (limit_ > 0 && stats_.live_bytes + stats_.cached_bytes + bytes > limit_) return nullptr;
  return backend_.reserve(bytes);
}

void* CachingAllocator::allocate(int64_t bytes) {
  std::lock_guard lock(mutex_);
  int64_t block_bytes = rounded(bytes);
  void* data = take_cached(block_bytes, &block_bytes);
  if (data == nullptr) data = reserve(block_bytes);
  if (data == nullptr) {
    const int64_t cached = stats_.cached_bytes;
    while (!recency_.empty()) evict_oldest();
    data = reserve(block_bytes);
    if (data == nullptr)
      throw Error(ErrorCode::kOutOfMemory,
                  "allocate: the device has no memory left, requested " + std::to_string(bytes) + " bytes, used " +
                      std::to_string(stats_.live_bytes) + ", cached " + std::to_string(cached) + " (given back)",
                  {{"requested", static_cast<double>(bytes)},
                   {"used", static_cast<double>(stats_.live_bytes)},
                   {"cached", static_cast<double>(cached)}});
  }
  block_bytes_[data] = block_bytes;
  stats_.live_bytes += block_bytes;
  stats_.live_blocks += 1;
  stats_.peak_bytes = std::max(stats_.peak_bytes, stats_.live_bytes);
  trim();
  return data;
}

void CachingAllocator::free(void* data) {
  std::lock_guard lock(mutex_);
  const auto block = block_bytes_.find(data);
  const int64_t bytes = block->second;
  block_bytes_.erase(block);
  stats_.live_bytes -= bytes;
  stats_.live_blocks -= 1;
  stats_.cached_bytes += bytes;
  recency_.push_back({data, bytes});
  by_size_.emplace(bytes, std::prev(recency_.end()));
}

// Batches of ever new sizes would fill the cache with blocks nobody asks for again: keep it near what was ever in use.
// Nearer on a host, which gives pages within microseconds, than on a device, which waits for its work first. Freeing
// does not add to the sum, so that looking here is enough; it happens on the queue thread, where giving back gigabytes
// (tens of milliseconds) holds no event loop.
void CachingAllocator::trim() {
  const int64_t spare = kSlack + (backend_.is_host_memory() ? 0 : stats_.peak_bytes / 4);
  while (!recency_.empty() && stats_.live_bytes + stats_.cached_bytes > stats_.peak_bytes + spare) evict_oldest();
}

void CachingAllocator::evict_oldest() {
  const auto oldest = recency_.begin();
  for (auto [at, end] = by_size_.equal_range(oldest->bytes); at != end; ++at) {
    if (at->second != oldest) continue;
    by_size_.erase(at);
    break;
  }
  backend_.release(oldest->data, oldest->bytes);
  stats_.cached_bytes -= oldest->bytes;
  recency_.erase(oldest);
}

void CachingAllocator::release_cache() {
  std::lock_guard lock(mutex_);
  while (!recency_.empty()) evict_oldest();
}

std::vector<CachedBlock> CachingAllocator::take_cache() {
  std::lock_guard lock(mutex_);
  std::vector<CachedBlock> blocks(recency_.begin(), recency_.end());
  recency_.clear();
  by_size_.clear();
  stats_.cached_bytes = 0;
  return blocks;
}

void CachingAllocator::give_back(const std::vector<CachedBlock>& blocks) {
  for (const CachedBlock& block : blocks) backend_.release(block.data, block.bytes);
}

MemoryStats CachingAllocator::stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

void CachingAllocator::set_limit(int64_t bytes) {
  std::lock_guard lock(mutex_);
  limit_ = bytes;
}

}  // namespace gridstride
