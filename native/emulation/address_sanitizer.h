// What the emulation tells AddressSanitizer: which stack runs now, and which memory nobody may touch. Empty elsewhere.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace gridstride::emulation {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitizesAddresses = true;
inline void start_fiber_switch(void** keep, const void* bottom, size_t bytes) {
  __sanitizer_start_switch_fiber(keep, bottom, bytes);
}
inline void finish_fiber_switch(void* kept, const void** bottom, size_t* bytes) {
  __sanitizer_finish_switch_fiber(kept, bottom, bytes);
}
inline void poison(const void* p, size_t bytes) { __asan_poison_memory_region(p, bytes); }
inline void unpoison(const void* p, size_t bytes) { __asan_unpoison_memory_region(p, bytes); }
#else
inline constexpr bool kSanitizesAddresses = false;
inline void start_fiber_switch(void**, const void*, size_t) {}
inline void finish_fiber_switch(void*, const void**, size_t*) {}
inline void poison(const void*, size_t) {}
inline void unpoison(const void*, size_t) {}
#endif

}  // namespace gridstride::emulation
