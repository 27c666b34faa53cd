#include "native/cuda/staging.h"

#include <algorithm>
#include <cstring>

namespace gridstride::cuda {

Staging::~Staging() {
  for (Slot& slot : slots_)
    if (slot.passed) cudaEventDestroy(slot.passed);
}

void Staging::record(Slot& slot) { context_.check(cudaEventRecord(slot.passed, stream_), "cudaEventRecord"); }

void Staging::wait(Slot& slot) { context_.check(cudaEventSynchronize(slot.passed), "cudaEventSynchronize"); }

Staging::Slot& Staging::room_for(int64_t bytes) {
  Slot* slot = &slots_[static_cast<size_t>(current_)];
  if (slot->memory && slot->used + bytes > kSlotBytes) {
    record(*slot);
    current_ = (current_ + 1) % kSlots;
    slot = &slots_[static_cast<size_t>(current_)];
    if (slot->memory) wait(*slot);
    slot->used = 0;
  }
  if (!slot->memory) {
    slot->memory = std::make_unique<PinnedBlock>(context_, kSlotBytes);
    context_.check(cudaEventCreateWithFlags(&slot->passed, cudaEventDisableTiming), "cudaEventCreate");
  }
  return *slot;
}

void Staging::upload(void* device, const void* host, int64_t bytes) {
  for (int64_t done = 0; done < bytes;) {
    const int64_t piece = std::min(bytes - done, kSlotBytes);
    Slot& slot = room_for(piece);
    char* staged = slot.memory->data() + slot.used;
    memcpy(staged, static_cast<const char*>(host) + done, static_cast<size_t>(piece));
    context_.check(cudaMemcpyAsync(static_cast<char*>(device) + done, staged, static_cast<size_t>(piece),
                                   cudaMemcpyHostToDevice, stream_),
                   "cudaMemcpyAsync");
    slot.used += (piece + 15) / 16 * 16;
    done += piece;
  }
}

// One piece is on its way while the one before it is copied out.
void Staging::download(void* host, const void* device, int64_t bytes) {
  struct Piece {
    Slot* slot = nullptr;
    const char* staged = nullptr;
    int64_t first = 0, bytes = 0;
  } before;
  const auto take_out = [&](const Piece& piece) {
    if (!piece.slot) return;
    wait(*piece.slot);
    memcpy(static_cast<char*>(host) + piece.first, piece.staged, static_cast<size_t>(piece.bytes));
  };
  for (int64_t done = 0; done < bytes;) {
    const int64_t piece = std::min(bytes - done, kSlotBytes);
    Slot& slot = room_for(piece);
    const char* staged = slot.memory->data() + slot.used;
    context_.check(cudaMemcpyAsync(slot.memory->data() + slot.used, static_cast<const char*>(device) + done,
                                   static_cast<size_t>(piece), cudaMemcpyDeviceToHost, stream_),
                   "cudaMemcpyAsync");
    record(slot);
    slot.used += (piece + 15) / 16 * 16;
    take_out(before);
    before = {&slot, staged, done, piece};
    done += piece;
  }
  take_out(before);
}

}  // namespace gridstride::cuda
