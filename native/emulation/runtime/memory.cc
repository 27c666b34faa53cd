#include "native/emulation/runtime/memory.h"

#include <sys/mman.h>

#include <cstring>

namespace gridstride::emulation {

namespace {

constexpr size_t kPage = 4096, kRange = size_t{1} << 38;

}  // namespace

bool DeviceMemory::reserve() {
  if (base_) return true;
  void* range = mmap(nullptr, kRange, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) return false;
  base_ = static_cast<char*>(range);
  return true;
}

// The block ends at the forbidden page where its size is a multiple of 256, the alignment CUDA promises; else the gap
// up to there stays NaN.
void* DeviceMemory::allocate(size_t bytes) {
  const size_t rounded = (bytes + 255) / 256 * 256, mapped = (rounded + kPage - 1) / kPage * kPage;
  if (used_ + static_cast<int64_t>(mapped) > limit_ || !reserve()) return nullptr;
  char* pages = nullptr;
  if (const auto found = free_.find(mapped); found != free_.end()) {
    pages = found->second;
    free_.erase(found);
  } else {
    if (top_ + mapped + kPage > kRange) return nullptr;
    pages = base_ + top_;
    top_ += mapped + kPage;  // the page between stays PROT_NONE
  }
  if (mprotect(pages, mapped, PROT_READ | PROT_WRITE) != 0) return nullptr;
  memset(pages, 0xff, mapped);
  if (!is_open_) mprotect(pages, mapped, PROT_NONE);
  used_ += static_cast<int64_t>(mapped);
  char* data = pages + (mapped - rounded);
  live_[data] = {pages, mapped, bytes};
  return data;
}

bool DeviceMemory::free(void* data) {
  const auto found = live_.find(static_cast<char*>(data));
  if (found == live_.end()) return false;
  const Allocation block = found->second;
  live_.erase(found);
  used_ -= static_cast<int64_t>(block.mapped_bytes);
  mprotect(block.pages, block.mapped_bytes, PROT_NONE);
  madvise(block.pages, block.mapped_bytes, MADV_DONTNEED);
  free_.emplace(block.mapped_bytes, block.pages);
  return true;
}

bool DeviceMemory::is_inside(const void* data, size_t bytes) const {
  const char* first = static_cast<const char*>(data);
  auto found = live_.upper_bound(first);
  if (found == live_.begin()) return false;
  --found;
  return first + bytes <= found->first + found->second.bytes;
}

bool DeviceMemory::is_device_address(const void* data) const { return base_ && data >= base_ && data < base_ + kRange; }

void DeviceMemory::open(bool opened) {
  is_open_ = opened;
  for (const auto& [data, block] : live_)
    mprotect(block.pages, block.mapped_bytes, opened ? PROT_READ | PROT_WRITE : PROT_NONE);
}

}  // namespace gridstride::emulation
