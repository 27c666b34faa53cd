#include "native/emulation/launch.h"

#include <mutex>
#include <numeric>
#include <random>
#include <vector>

#include "native/emulation/address_sanitizer.h"
#include "native/emulation/block.h"
#include "native/emulation/race/detector.h"
#include "native/emulation/traffic/counter.h"

namespace gridstride::emulation {

namespace {

std::mutex device_mutex;
uint64_t device_seed = 1;

void check(const Launch& launch) {
  const auto [x, y, z] = launch.block;
  const dim3 grid = launch.grid;
  const auto refuse = [&](const std::string& rule) { fail(name_of_function(launch.kernel) + ": " + rule); };
  if (x == 0 || y == 0 || z == 0 || x > 1024 || y > 1024 || z > 64 || x * y * z > 1024)
    refuse("a block has 1 to 1024 threads");
  if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535)
    refuse("a grid has 1 to 2147483647 x 65535 x 65535 blocks");
  if (launch.dynamic_bytes > SharedMemory::kLimit)
    refuse("a block has " + std::to_string(SharedMemory::kLimit) + " bytes of shared memory, got " +
           std::to_string(launch.dynamic_bytes));
}

// Fisher and Yates with a generator whose sequence the standard fixes: std::shuffle's is the library's own.
std::vector<uint64_t> shuffled(uint64_t count, std::mt19937_64& random) {
  std::vector<uint64_t> order(count);
  std::iota(order.begin(), order.end(), uint64_t{0});
  for (uint64_t i = count; i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  return order;
}

}  // namespace

void set_seed(uint64_t seed) {
  const std::lock_guard lock(device_mutex);
  device_seed = seed;
}

Variant variant() {
  if (kDetectsRaces) return Variant::race;
  return kSanitizesAddresses ? Variant::sanitized : Variant::fast;
}

void launch_grid(dim3 grid, dim3 size, size_t dynamic_bytes, const void* kernel, Body body) {
  const std::lock_guard lock(device_mutex);
  const Launch launch{grid, size, dynamic_bytes, kernel, body};
  check(launch);
  if (kDetectsRaces) race_detector().start_launch();
  if (traffic_counter().is_on()) traffic_counter().start_launch(launch);
  std::mt19937_64 random(device_seed);
  for (const uint64_t i : shuffled(uint64_t{grid.x} * grid.y * grid.z, random)) {
    const uint3 index{static_cast<unsigned>(i % grid.x), static_cast<unsigned>(i / grid.x % grid.y),
                      static_cast<unsigned>(i / (uint64_t{grid.x} * grid.y))};
    block().run(launch, index, random());
  }
  if (traffic_counter().is_on()) traffic_counter().finish_launch();
}

}  // namespace gridstride::emulation
