// The caching allocator: reuse, bounds, running out, many threads.
#include "native/core/allocator.h"

#include <thread>
#include <vector>

#include "test/native/core/fake_device.h"
#include "test/native/kernel_check.h"

using namespace gridstride;
using namespace gridstride::test;

namespace {

constexpr int64_t kMegabyte = 1 << 20;

void reuses_blocks() {
  FakeBackend backend;
  CachingAllocator allocator(backend);
  void* first = allocator.allocate(1000);
  check(reinterpret_cast<uintptr_t>(first) % 64 == 0, "allocator: blocks are aligned");
  allocator.free(first);
  check(allocator.allocate(990) == first && backend.reserves == 1, "allocator: about the same size is reused");
  void* other = allocator.allocate(4000);
  check(other != first && backend.reserves == 2, "allocator: another size is not");
  allocator.free(other);
  void* small = allocator.allocate(100);
  check(backend.reserves == 3, "allocator: a block much larger is kept for those who need it");
  const MemoryStats stats = allocator.stats();
  check(stats.live_blocks == 2 && stats.live_bytes >= 1100 && stats.cached_bytes >= 4000, "allocator: counts");
  allocator.free(small);
  allocator.free(first);
  allocator.release_cache();
  check(backend.reserved_bytes == 0 && allocator.stats().cached_bytes == 0, "allocator: the cache goes back");
}

void gives_the_cache_back_before_it_fails() {
  FakeBackend backend;
  backend.limit = 3 * kMegabyte;
  CachingAllocator allocator(backend);
  allocator.free(allocator.allocate(2 * kMegabyte));
  void* block = allocator.allocate(5 * kMegabyte / 2);
  check(block != nullptr, "allocator: the cache makes room");
  std::string message;
  const auto code = error_of([&] { allocator.allocate(kMegabyte); }, &message);
  check(code == ErrorCode::kOutOfMemory, "allocator: out of memory");
  check(message.find("requested 1048576 bytes, used 2621440, cached 0") != std::string::npos, "allocator: " + message);
  allocator.free(block);
  allocator.free(allocator.allocate(kMegabyte));
  check(true, "allocator: and goes on");
  allocator.set_limit(kMegabyte / 2);
  check(error_of([&] { allocator.allocate(kMegabyte * 2); }) == ErrorCode::kOutOfMemory, "allocator: a limit holds");
  allocator.set_limit(0);
  allocator.free(allocator.allocate(kMegabyte * 2));
}

void keeps_the_cache_near_the_peak(bool is_host) {
  FakeBackend backend;
  backend.is_host = is_host;
  CachingAllocator allocator(backend);
  for (int64_t i = 1; i <= 300; ++i) {
    void* block = allocator.allocate(i * 3 * kMegabyte / 4);
    allocator.free(block);
    const MemoryStats stats = allocator.stats();
    const int64_t spare = 64 * kMegabyte + (is_host ? 0 : stats.peak_bytes / 4);
    check(stats.live_bytes + stats.cached_bytes <= stats.peak_bytes + spare, "allocator: cache bound");
  }
}

void gives_the_cache_back_in_two_steps() {
  FakeBackend backend;
  CachingAllocator allocator(backend);
  for (int i = 0; i < 3; ++i) allocator.free(allocator.allocate(1000 << i));
  const auto blocks = allocator.take_cache();
  check(allocator.stats().cached_bytes == 0 && backend.reserved_bytes > 0, "allocator: taken out, still there");
  void* block = allocator.allocate(1000);
  allocator.give_back(blocks);
  allocator.free(block);
  allocator.release_cache();
  check(backend.reserved_bytes == 0, "allocator: given back");
}

// A block must belong to one owner at a time: each writes its mark over all of it and finds it again.
void serves_many_threads() {
  FakeBackend backend;
  CachingAllocator allocator(backend);
  std::atomic<int> torn{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      Sequence sequence(static_cast<uint64_t>(t) + 1);
      std::vector<std::pair<unsigned char*, int64_t>> held;
      for (int i = 0; i < 2000; ++i) {
        const int64_t bytes = 1 + sequence.below(5000);
        auto* block = static_cast<unsigned char*>(allocator.allocate(bytes));
        memset(block, t, static_cast<size_t>(bytes));
        held.emplace_back(block, bytes);
        if (held.size() < 20) continue;
        const auto at = static_cast<size_t>(sequence.below(20));
        for (int64_t k = 0; k < held[at].second; ++k) torn += held[at].first[k] != t;
        allocator.free(held[at].first);
        held.erase(held.begin() + static_cast<ptrdiff_t>(at));
        if (i % 500 == 0) allocator.release_cache();
      }
      for (auto& [block, bytes] : held) allocator.free(block);
    });
  for (auto& thread : threads) thread.join();
  check(torn == 0, "allocator: no block has two owners");
  check(allocator.stats().live_blocks == 0, "allocator: nothing is left");
}

}  // namespace

int main() {
  reuses_blocks();
  gives_the_cache_back_before_it_fails();
  keeps_the_cache_near_the_peak(false);
  keeps_the_cache_near_the_peak(true);
  gives_the_cache_back_in_two_steps();
  serves_many_threads();
  return test::close();
}
