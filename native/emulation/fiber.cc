#include "native/emulation/fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

#include "native/emulation/address_sanitizer.h"

// gridstride_switch_stack(void** save, void* to): pushes what a callee must keep, saves the stack pointer to *save,
// continues from `to`. A fresh stack holds zeroed registers and the address of gridstride_fiber_start.
#if defined(__x86_64__)
asm(R"(
.text
.globl gridstride_switch_stack
.type gridstride_switch_stack, @function
gridstride_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size gridstride_switch_stack, .-gridstride_switch_stack
.type gridstride_fiber_start, @function
.globl gridstride_fiber_start
gridstride_fiber_start:
  call gridstride_fiber_main
  ud2
.size gridstride_fiber_start, .-gridstride_fiber_start
)");
#elif defined(__aarch64__)
asm(R"(
.text
.globl gridstride_switch_stack
.type gridstride_switch_stack, %function
gridstride_switch_stack:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size gridstride_switch_stack, .-gridstride_switch_stack
.type gridstride_fiber_start, %function
.globl gridstride_fiber_start
gridstride_fiber_start:
  bl gridstride_fiber_main
  brk #0
.size gridstride_fiber_start, .-gridstride_fiber_start
)");
#else
#error "the emulation switches stacks on x86-64 and aarch64 only"
#endif

extern "C" void gridstride_switch_stack(void** save, void* to);
extern "C" void gridstride_fiber_start();

namespace gridstride::emulation {

namespace {

// Launches take turns (launch.cc), so one host at a time drives fibers.
struct Host {
  Fiber* resumed = nullptr;
  void* stack_pointer = nullptr;
  void* shadow_stack = nullptr;
  const void* bottom = nullptr;
  size_t bytes = 0;
} host;

// Stack slots of a fresh fiber: the registers a switch restores, among them the address it returns to.
#if defined(__x86_64__)
constexpr size_t kSavedSlots = 7, kReturnSlot = 6;
#else
constexpr size_t kSavedSlots = 20, kReturnSlot = 11;
#endif

}  // namespace

void start_resumed_fiber() {
  finish_fiber_switch(nullptr, &host.bottom, &host.bytes);
  host.resumed->entry_();
}

void Fiber::prepare(char* bottom, size_t bytes, void (*entry)()) {
  bottom_ = bottom;
  bytes_ = bytes;
  entry_ = entry;
  void** top = reinterpret_cast<void**>((reinterpret_cast<uintptr_t>(bottom) + bytes) & ~uintptr_t{15});
  void** slots = top - kSavedSlots;
  for (size_t i = 0; i < kSavedSlots; ++i) slots[i] = nullptr;
  slots[kReturnSlot] = reinterpret_cast<void*>(&gridstride_fiber_start);
  stack_pointer_ = slots;
}

void Fiber::resume() {
  host.resumed = this;
  start_fiber_switch(&host.shadow_stack, bottom_, bytes_);
  gridstride_switch_stack(&host.stack_pointer, stack_pointer_);
  finish_fiber_switch(host.shadow_stack, nullptr, nullptr);
}

void Fiber::suspend() {
  start_fiber_switch(&shadow_stack_, host.bottom, host.bytes);
  gridstride_switch_stack(&stack_pointer_, host.stack_pointer);
  finish_fiber_switch(shadow_stack_, &host.bottom, &host.bytes);
}

void Fiber::finish() {
  start_fiber_switch(nullptr, host.bottom, host.bytes);
  gridstride_switch_stack(&stack_pointer_, host.stack_pointer);
  __builtin_unreachable();
}

FiberStacks::FiberStacks(size_t count) : count_(count) {
  void* base =
      mmap(nullptr, count * kStride, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) throw std::bad_alloc();
  base_ = static_cast<char*>(base);
  for (size_t i = 0; i < count; ++i) mprotect(base_ + i * kStride, kGuardBytes, PROT_NONE);
}

FiberStacks::~FiberStacks() {
  // Fibers given up in mid-flight leave poisoned frames, which the next mapping here must not inherit.
  unpoison(base_, count_ * kStride);
  munmap(base_, count_ * kStride);
}

}  // namespace gridstride::emulation

extern "C" void gridstride_fiber_main() { gridstride::emulation::start_resumed_fiber(); }
