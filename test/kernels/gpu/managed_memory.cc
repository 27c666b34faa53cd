#include "test/kernels/gpu/managed_memory.h"

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>

namespace {

constexpr size_t kBytes = size_t{8} << 30, kAlignment = 256, kClasses = 48;

struct FreeBlock {
  FreeBlock* next;
};

std::mutex mutex;
char* base = nullptr;
size_t used = 0;
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
  if (used + (size_t{1} << power) > kBytes) return nullptr;
  char* block = base + used;
  used += size_t{1} << power;
  *reinterpret_cast<size_t*>(block) = power;
  return block + kAlignment;
}

void give_back(void* data) {
  const std::lock_guard lock(mutex);
  char* block = static_cast<char*>(data);
  if (!base || block < base || block >= base + kBytes) return std::free(data);
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
  void* range = nullptr;
  if (const cudaError_t status = cudaMallocManaged(&range, kBytes); status != cudaSuccess) {
    std::printf("gpu_tests: there must be managed memory, got: %s\n", cudaGetErrorString(status));
    std::exit(2);
  }
  base = static_cast<char*>(range);
}

}  // namespace gridstride::test
