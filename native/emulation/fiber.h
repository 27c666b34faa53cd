// One CUDA thread's flow of control: a stack and a saved stack pointer. The host resumes a fiber, the fiber suspends
// itself; fibers never switch to one another. A switch saves the callee-saved registers and nothing else, about ten
// times cheaper than swapcontext, which calls the kernel for the signal mask.
#pragma once

#include <cstddef>

namespace gridstride::emulation {

class Fiber {
 public:
  // The next resume() starts `entry` on an empty stack of `bytes` at `bottom`. `entry` ends in finish().
  void prepare(char* bottom, size_t bytes, void (*entry)());

  // Host: runs the fiber until it suspends or finishes.
  void resume();
  // Fiber: back to the host.
  void suspend();
  [[noreturn]] void finish();

 private:
  void* stack_pointer_ = nullptr;
  char* bottom_ = nullptr;
  size_t bytes_ = 0;
  void (*entry_)() = nullptr;
  void* shadow_stack_ = nullptr;  // AddressSanitizer's

  friend void start_resumed_fiber();
};

// Stacks of equal size in one mapping, each above a page that may not be touched.
class FiberStacks {
 public:
  static constexpr size_t kBytes = 128 * 1024;
  static constexpr size_t kGuardBytes = 4096;

  explicit FiberStacks(size_t count);
  ~FiberStacks();
  FiberStacks(const FiberStacks&) = delete;
  FiberStacks& operator=(const FiberStacks&) = delete;

  size_t count() const { return count_; }
  char* bottom(size_t i) const { return base_ + i * kStride + kGuardBytes; }
  bool contains(const void* p) const { return p >= base_ && p < base_ + count_ * kStride; }

 private:
  static constexpr size_t kStride = kBytes + kGuardBytes;
  size_t count_;
  char* base_;
};

}  // namespace gridstride::emulation
