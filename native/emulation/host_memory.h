// Memory that no device can reach: the stack of the thread that launches, and the program's own variables.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace gridstride::emulation {

class HostMemory {
 public:
  HostMemory();

  bool contains(const void* p) const {
    for (const auto& [begin, end] : ranges_)
      if (p >= begin && p < end) return true;
    return false;
  }

 private:
  std::vector<std::pair<const char*, const char*>> ranges_;
};

// Of the calling thread, as it was when first asked for.
const HostMemory& host_memory();

}  // namespace gridstride::emulation
