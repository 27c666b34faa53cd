// The block that runs now: its threads, who of them may run, what they wait for. One block at a time, one thread at a
// time; a thread runs until it waits. Which one runs next is drawn from the seed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "native/emulation/barrier.h"
#include "native/emulation/launch.h"
#include "native/emulation/shared_memory.h"
#include "native/emulation/thread.h"

namespace gridstride::emulation {

struct Warp {
  uint32_t alive = 0;    // lanes that have not returned
  uint32_t ready = 0;    // lanes that can run
  uint32_t waiting = 0;  // lanes in a warp operation
};

struct Launch {
  dim3 grid, block;
  size_t dynamic_bytes;
  const void* kernel;  // for its name
  Body body;
};

class Block {
 public:
  // Runs one block to its end; throws EmulationError.
  void run(const Launch& launch, uint3 index, uint64_t seed);

  // For the running thread: gives way until somebody wakes it.
  void wait() { running_->fiber.suspend(); }
  void wake(Thread& thread);
  [[noreturn]] void stop(const std::string& rule);

  unsigned size() const { return size_; }
  unsigned exited() const { return size_ - alive_; }
  uint3 index() const { return index_; }
  const Launch& launch() const { return *launch_; }
  // What threads have for themselves: stacks and the kernel's arguments.
  bool is_private(const void* p) const {
    const auto* arguments = static_cast<const char*>(launch_->body.object);
    return (stacks_ && stacks_->contains(p)) || (p >= arguments && p < arguments + launch_->body.bytes);
  }
  Thread* running() { return running_; }
  Thread& thread(unsigned i) { return threads_[i]; }
  Warp& warp(unsigned i) { return warps_[i]; }
  Barrier& barrier(unsigned id) { return barriers_[id]; }
  SharedMemory& shared() { return shared_; }

 private:
  void start(const Launch& launch, uint3 index, uint64_t seed);
  Thread* pick();
  uint32_t random();
  std::string deadlock() const;
  std::string located(const std::string& rule) const;
  [[noreturn]] void give_up(const std::string& text);
  static void thread_main();

  const Launch* launch_ = nullptr;
  uint3 index_{};
  unsigned size_ = 0, alive_ = 0;
  std::vector<Thread> threads_;
  std::vector<Warp> warps_;
  uint32_t ready_warps_ = 0;  // those with a lane that can run
  std::vector<Barrier> barriers_{16};
  std::unique_ptr<FiberStacks> stacks_;
  SharedMemory shared_;
  Thread* running_ = nullptr;
  uint64_t random_state_ = 1;
  bool favours_one_warp_ = false;  // the last warp runs as far as it can: races between warps show best so
  unsigned last_warp_ = 0;
  std::string failure_;
};

// The one device's block. Valid inside a launch.
extern Block the_block;
inline Block& block() { return the_block; }
inline Thread& running_thread() { return *block().running(); }

}  // namespace gridstride::emulation
