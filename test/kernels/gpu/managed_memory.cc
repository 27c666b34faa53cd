#include "test/kernels/gpu/managed_memory.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>

namespace {

constexpr size_t kMostBytes = size_t{8} << 30, kAlignment = 256, kClasses = 48;

struct FreeBlock {
  FreeBlock* next;
};

std::mutex mutex;
char* base = nullptr;
size_t capacity = 0, used = 0;
FreeBlock* free_blocks[kClasses];  // by the power of two that their size is

size_t class_of(size_t bytes) {
  size_t power = 8;
  while ((size_t{1} << power) < bytes) ++power;
  return power;
}

// A block is preceded by its class, so that it ends close to where a checker sees an overrun.
void* take(size_t bytes) {
  const std::lock_guard lock(mutex);
  if (!base) return std::malloc(bytes ? bytes : 1);
  const size_t power = class_of(bytes + kAlignment);
  if (FreeBlock* block = free_blocks[power]) {
    free_blocks[power] = block->next;
    return block;
  }
  if (used + (size_t{1} << power) > capacity) return nullptr;
  char* block = base + used;
  used += size_t{1} << power;
  *reinterpret_cast<size_t*>(block) = power;
  return block + kAlignment;
}

void give_back(void* data) {
  const std::lock_guard lock(mutex);
  char* block = static_cast<char*>(data);
  if (!base || block < base || block >= base + capacity) return std::free(data);
  const size_t power = *reinterpret_cast<size_t*>(block - kAlignment);
  free_blocks[power] = new (data) FreeBlock{free_blocks[power]};
}

}  // namespace

void* operator new(size_t bytes) {
  if (void* data = take(bytes)) return data;
  throw std::bad_alloc();
}
void operator delete(void* data) noexcept {
  if (data) give_back(data);
}
void operator delete(void* data, size_t) noexcept {
  if (data) give_back(data);
}

namespace gridstride::test {

void use_managed_memory() {
  // No more than the device can hold at once: it never has to evict.
  size_t free_bytes = 0, total = 0;
  void* range = nullptr;
  cudaError_t status = cudaMemGetInfo(&free_bytes, &total);
  const size_t bytes = std::min(kMostBytes, free_bytes / 2);
  if (status == cudaSuccess) status = cudaMallocManaged(&range, bytes);
  if (status != cudaSuccess) {
    std::printf("gpu_tests: there must be managed memory, got: %s\n", cudaGetErrorString(status));
    std::exit(1);
  }
  capacity = bytes;
  base = static_cast<char*>(range);
}

}  // namespace gridstride::test
