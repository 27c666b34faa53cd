// Bugs that break a rule of barriers, masks or launches: every build finds them.
#include <vector>

#include "kernels/common/device.cuh"
#include "test/native/emulation/planted.h"

namespace gridstride::test {

namespace {

constexpr int kThreads = 64;

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) diverge_at_barrier() {
  if (kBroken && threadIdx.x < 32) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) leave_before_barrier() {
  if (kBroken && threadIdx.x == 40) return;
  __syncthreads();
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) return_before_shuffle() {
  if (kBroken && threadIdx.x % 32 == 31) return;
  __syncwarp(kBroken ? 0x7fffffffu : kAllLanes);
  static_cast<void>(__shfl_xor_sync(kAllLanes, 1.0f, 1));
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) skip_warp_barrier() {
  if (!kBroken || threadIdx.x % 32 < 16) __syncwarp();
  if (kBroken && threadIdx.x % 32 >= 16) __syncthreads();
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) disagree_on_mask() {
  const unsigned mask = threadIdx.x % 32 < 16 ? 0x0000ffffu : 0xffff0000u;
  static_cast<void>(__ballot_sync(kBroken && threadIdx.x % 32 < 16 ? kAllLanes : mask, 1));
  __syncwarp();
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) shuffle_from_outside() {
  if (threadIdx.x % 32 < 16) static_cast<void>(__shfl_sync(0x0000ffffu, 1.0f, kBroken ? 16 : 15));
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) wait_for_nobody() {
  if (!kBroken || threadIdx.x < 32) ptx::bar_sync(1, 64);
}

// One thread alone, so that it disagrees with those before it or those behind it, whatever the order.
template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) expect_other_counts() {
  ptx::bar_sync(2, kBroken && threadIdx.x == 0 ? 32 : 64);
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) take_too_much() {
  DYN_SHARED(shared);
  shared.take<float>(kThreads + (kBroken ? 32 : 0))[threadIdx.x] = 1;
}

template <bool kBroken>
__global__ void __launch_bounds__(kThreads, 1) leave_copy_in_flight(const float* x) {
  DYN_SHARED(shared);
  float* row = shared.take<float>(kThreads);
  ptx::cp_async<4>(ptx::shared_address(row + threadIdx.x), x);
  ptx::cp_async_commit();
  if (!kBroken) ptx::cp_async_wait<0>();
}

const float kOne = 1;

bool run(size_t shared, void (*kernel)()) { return launch(nullptr, 2, kThreads, shared, kernel) == cudaSuccess; }
bool run(size_t shared, void (*kernel)(const float*)) {
  return launch(nullptr, 2, kThreads, shared, kernel, &kOne) == cudaSuccess;
}

const size_t kRow = SharedSize().add<float>(kThreads).bytes();

}  // namespace

#define GS_RULE(name, kernel, shared, text)                                                                        \
  {                                                                                                                \
    name, [](bool broken) { return broken ? run(shared, kernel<true>) : run(shared, kernel<false>); }, text, text, \
        text                                                                                                       \
  }

std::vector<Bug> rule_bugs() {
  return {
      GS_RULE("divergent barrier", diverge_at_barrier, 0, "divergent barrier: a thread at"),
      GS_RULE("return before a barrier", leave_before_barrier, 0, "return"),
      GS_RULE("exited lane in a shuffle", return_before_shuffle, 0, "the mask must hold lanes that still run"),
      GS_RULE("half a warp skips __syncwarp", skip_warp_barrier, 0, "deadlock"),
      GS_RULE("masks that overlap", disagree_on_mask, 0, "divergent warp operation"),
      GS_RULE("shuffle from a lane outside", shuffle_from_outside, 0, "a shuffle reads lane 16"),
      GS_RULE("too few threads at a named barrier", wait_for_nobody, 0, "wait in bar.sync"),
      GS_RULE("other counts at a named barrier", expect_other_counts, 0, "must expect as many"),
      GS_RULE("more shared memory than launched with", take_too_much, kRow,
              "takes 384 bytes of dynamic shared memory, launched with 256"),
      GS_RULE("return with cp.async under way", leave_copy_in_flight, kRow, "returns with cp.async under way"),
  };
}

}  // namespace gridstride::test
