// Device memory: an address range that the host may not touch, open only while the device works. Each allocation ends
// at a page that nobody may touch and starts as NaN. Pinned host memory is known by its address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace gridstride::emulation {

class DeviceMemory {
 public:
  explicit DeviceMemory(int64_t limit) : limit_(limit) {}
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  // Null when the limit is reached.
  void* allocate(size_t bytes);
  // False: not the start of a live allocation.
  bool free(void* data);
  // Whether [data, data + bytes) lies in one live allocation.
  bool is_inside(const void* data, size_t bytes) const;
  bool is_device_address(const void* data) const;
  void open(bool opened);

  size_t live_allocations() const { return live_.size(); }

 private:
  struct Allocation {
    char* pages;
    size_t mapped_bytes, bytes;
  };
  bool reserve();

  int64_t limit_, used_ = 0;
  char* base_ = nullptr;
  size_t top_ = 0;
  bool is_open_ = false;
  std::map<const char*, Allocation> live_;
  std::multimap<size_t, char*> free_;  // by mapped bytes
};

}  // namespace gridstride::emulation
