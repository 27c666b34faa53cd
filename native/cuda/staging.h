// Pinned memory on the way between host and device: kSlots slots taken in turn, each filled by one large or many small
// copies and used again once its last copy has passed. Made on first use.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "native/cuda/memory.h"

namespace gridstride::cuda {

class Staging {
 public:
  Staging(Context& context, cudaStream_t stream) : context_(context), stream_(stream) {}
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  // Returns when `host` may change, which may be long before the bytes have arrived.
  void upload(void* device, const void* host, int64_t bytes);
  // Returns when the bytes have arrived.
  void download(void* host, const void* device, int64_t bytes);

 private:
  static constexpr int64_t kSlotBytes = 2 << 20;
  static constexpr int kSlots = 4;

  struct Slot {
    std::unique_ptr<PinnedBlock> memory;
    cudaEvent_t passed = nullptr;
    int64_t used = 0;
  };

  // The slot to write next, with room for `bytes`.
  Slot& room_for(int64_t bytes);
  void record(Slot& slot);
  void wait(Slot& slot);

  Context& context_;
  cudaStream_t stream_;
  std::array<Slot, kSlots> slots_;
  int current_ = 0;
};

}  // namespace gridstride::cuda
