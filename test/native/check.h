// What C++ tests share: counted claims, the errors that calls throw, and the closing line.
#pragma once

#include <atomic>
#include <cstdio>
#include <string>

#include "native/core/error.h"

namespace gridstride::test {

// Atomic: tests check on task threads too.
inline std::atomic<int> checks{0};
inline std::atomic<int> failures{0};

inline void check(bool claim, const std::string& name) {
  ++checks;
  if (claim) return;
  if (++failures <= 20) std::printf("FAILED %s\n", name.c_str());
}

// The error a call throws, or kAddon if it throws none.
template <class Body>
ErrorCode error_of(Body&& body, std::string* message = nullptr) {
  try {
    body();
  } catch (const Error& error) {
    if (message) *message = error.message();
    return error.code();
  }
  return ErrorCode::kAddon;
}

template <class Body>
bool throws(ErrorCode code, Body&& body) {
  return error_of(body) == code;
}

// What main returns.
inline int close() {
  std::printf("%d checks, %d failed\n", checks.load(), failures.load());
  return checks == 0 || failures > 0 ? 1 : 0;
}

}  // namespace gridstride::test
