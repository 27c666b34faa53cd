#include "native/emulation/host_memory.h"

#include <link.h>
#include <pthread.h>

namespace gridstride::emulation {

namespace {

using Ranges = std::vector<std::pair<const char*, const char*>>;

int add_variables(dl_phdr_info* info, size_t, void* ranges) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || !(segment.p_flags & PF_W)) continue;
    const auto* begin = reinterpret_cast<const char*>(info->dlpi_addr + segment.p_vaddr);
    static_cast<Ranges*>(ranges)->emplace_back(begin, begin + segment.p_memsz);
  }
  return 0;
}

}  // namespace

HostMemory::HostMemory() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    void* stack = nullptr;
    size_t bytes = 0;
    pthread_attr_getstack(&attributes, &stack, &bytes);
    ranges_.emplace_back(static_cast<const char*>(stack), static_cast<const char*>(stack) + bytes);
    pthread_attr_destroy(&attributes);
  }
  dl_iterate_phdr(add_variables, &ranges_);
}

const HostMemory& host_memory() {
  static thread_local const HostMemory one;
  return one;
}

}  // namespace gridstride::emulation
