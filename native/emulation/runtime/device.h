// The emulated devices: memory, streams and errors of each, and who takes the next turn. Every function of api.h works
// under one lock; a stream's work runs on the thread that waits for it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "native/emulation/runtime/api.h"
#include "native/emulation/runtime/faults.h"
#include "native/emulation/runtime/memory.h"

// A point in a stream's work. `done` catches up with `recorded` as the stream runs.
struct CUevent_st {
  uint64_t recorded = 0, done = 0;
  double seconds = 0;  // when it was last passed
};

namespace gridstride::emulation {

struct Work {
  enum class Kind { run, record, wait };
  Kind kind;
  std::function<void()> run;
  CUevent_st* event = nullptr;
  uint64_t generation = 0;
};

}  // namespace gridstride::emulation

struct CUgraph_st {
  std::vector<gridstride::emulation::Work> work;
};
struct CUgraphExec_st {
  std::vector<gridstride::emulation::Work> work;
};
struct CUstream_st {
  int device;
  std::deque<gridstride::emulation::Work> work;
  std::unique_ptr<CUgraph_st> capture;  // while it captures
  bool is_capture_broken = false;
};

namespace gridstride::emulation {

constexpr int kDevices = 2;

struct EmulatedDevice {
  explicit EmulatedDevice(int64_t memory_bytes) : memory(memory_bytes) {}
  DeviceMemory memory;
  cudaError_t lost = cudaSuccess;  // what every call gives once a kernel failed
};

class Runtime {
 public:
  static Runtime& instance();

  std::recursive_mutex mutex;
  Faults faults;
  std::set<CUstream_st*> streams;
  std::map<const char*, size_t> pinned;  // bytes by address
  std::string failure;                   // why a device was lost
  int64_t launches = 0;

  // The calling thread's device, an error when there is none or it is lost.
  cudaError_t current(EmulatedDevice** device);
  EmulatedDevice& device(int ordinal) { return *devices_[static_cast<size_t>(ordinal)]; }
  static int& current_ordinal();

  // Puts work on a stream, or into the graph it captures.
  void add(CUstream_st* stream, Work work);
  // Lets streams take turns until `is_done`; false when nobody can go on.
  bool run_until(const std::function<bool()>& is_done);
  bool is_pinned(const void* data, size_t bytes) const;
  bool is_device_address(const void* data) const;

  cudaError_t violation(const std::string& what);
  const std::vector<std::string>& violations() const { return violations_; }
  size_t live_allocations() const;
  // Reads faults anew and forgets what happened, between tests. Nothing may be alive.
  void restart(const Faults& faults);

 private:
  Runtime();
  void open_memory(bool opened);
  bool take_turns(const std::function<bool()>& is_done);
  void step(CUstream_st* stream);
  void run_on_device(CUstream_st* stream, const Work& work);

  std::vector<std::unique_ptr<EmulatedDevice>> devices_;
  std::mt19937_64 random_;
  std::vector<std::string> violations_;
};

}  // namespace gridstride::emulation
