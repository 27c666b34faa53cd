// cp.async: a thread's copies from global to shared memory, gathered into groups. Nothing is copied before the wait
// that covers its group, the latest moment hardware allows: a kernel that reads too early reads NaN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "native/emulation/failure.h"

namespace gridstride::emulation {

class AsyncCopies {
 public:
  // `bytes` is 4, 8 or 16; the first `valid` come from source, the rest are zero.
  void copy(char* target, const void* source, int bytes, int valid, const Where& where);
  void commit();
  // Until at most `groups` of the committed groups are still under way.
  void wait(size_t groups);
  // Nothing is in flight any more.
  bool idle() const;
  void clear();

 private:
  struct Copy {
    char* target;
    const void* source;
    int bytes, valid;
    Where where;
  };
  static void count(const char* target, const void* source, int bytes, int valid, const Where& where);
  static void observe_source(const Copy& copy);
  static void complete(const Copy& copy);

  std::vector<Copy> open_;
  std::vector<std::vector<Copy>> groups_;
};

}  // namespace gridstride::emulation
