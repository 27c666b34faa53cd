#include "native/core/backend.h"

#include <chrono>

namespace gridstride {

double Backend::time(const std::function<void()>& body) {
  synchronize();
  const auto start = std::chrono::steady_clock::now();
  body();
  synchronize();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace gridstride
