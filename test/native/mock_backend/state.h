// What the mock knows of its two devices: streams, allocations, counts and what callers did wrong.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "native/core/backend_abi.h"

struct GsStream {
  int32_t ordinal;
};

namespace gridstride::mock {

constexpr int32_t kDevices = 2;

struct Allocation {
  int64_t bytes;
  int32_t ordinal;
};

// Written as JSON to the file that GRIDSTRIDE_MOCK_REPORT names when the process ends.
class State {
 public:
  static State& instance();
  ~State();

  std::mutex mutex;
  std::set<GsStream*> streams;
  std::map<char*, Allocation> allocations;
  std::map<std::string, int64_t> calls;

  // Remembers the mistake and describes it in *error.
  int32_t violation(GsError* error, const std::string& what);
  int32_t fail(GsError* error, int32_t code, const std::string& message);
  bool is_live(const GsStream* stream) const;
  // Whether [data, data + bytes) lies in one live allocation of the stream's device.
  bool is_inside(const GsStream* stream, const void* data, int64_t bytes) const;

 private:
  std::vector<std::string> violations_;
};

// Runs the pass if the mock has a kernel for it; throws std::string naming what the arguments break.
bool run_pass(const State& state, const GsStream* stream, int32_t op, const void* args);
int64_t args_bytes_of(int32_t op);

}  // namespace gridstride::mock
