#include "native/emulation/traffic/counter.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "native/emulation/block.h"
#include "native/emulation/race/detector.h"

namespace gridstride::emulation {

TrafficCounter& traffic_counter() {
  static TrafficCounter one;
  return one;
}

void count_traffic(bool counts) { traffic_counter().switch_on(counts); }
const std::vector<Traffic>& traffic() { return traffic_counter().launches(); }

std::string Traffic::name() const { return name_of_function(kernel); }

// File names are literals: each has one address in a program, or a few.
uint64_t place_of(const Where& where) {
  return (reinterpret_cast<uint64_t>(where.file_name()) << 24) ^ (uint64_t{where.line()} << 10) ^ where.column();
}

void TrafficCounter::switch_on(bool on) {
  is_on_ = on;
  launches_.clear();
  race_detector().rest(on);
}

void TrafficCounter::start_launch(const Launch& launch) {
  Traffic& traffic = launches_.emplace_back();
  traffic.kernel = launch.kernel;
  traffic.threads = launch.block.x * launch.block.y * launch.block.z;
  traffic.dynamic_bytes = launch.dynamic_bytes;
  sectors_.start_launch();
}

void TrafficCounter::start_block(unsigned threads) {
  warps_.assign((threads + 31) / 32, {});
  sectors_.start_block(threads);
}

void TrafficCounter::access(const Thread& thread, const void* p, size_t bytes, Kind kind, uint64_t at) {
  // A copy's read and its write stand at one place.
  Place& place = warps_[thread.warp][at * 4 + static_cast<uint64_t>(kind)];
  const uint32_t i = place.made[thread.lane]++ - place.counted;
  while (place.open.size() <= i) place.open.push_back({kind, number_++, {}});
  WarpAccess& lanes = place.open[i].lanes;
  lanes.lanes |= 1u << thread.lane;
  lanes.address[thread.lane] = reinterpret_cast<uintptr_t>(p);
  lanes.bytes[thread.lane] = static_cast<uint32_t>(bytes);
  size_t whole = 0;
  while (whole < place.open.size() && place.open[whole].lanes.lanes == ~0u) count(place.open[whole++]);
  place.open.erase(place.open.begin(), place.open.begin() + static_cast<std::ptrdiff_t>(whole));
  place.counted += static_cast<uint32_t>(whole);
}

void TrafficCounter::load_matrices(const char* const* rows, int matrices) {
  for (int matrix = 0; matrix < matrices; ++matrix) {
    WarpAccess access;
    for (int row = 0; row < 8; ++row) {
      access.lanes |= 1u << row;
      access.address[static_cast<size_t>(row)] = reinterpret_cast<uintptr_t>(rows[matrix * 8 + row]);
      access.bytes[static_cast<size_t>(row)] = 16;
    }
    add_shared_access(access, launches_.back().matrix_loads);
  }
}

void TrafficCounter::close_warp(unsigned warp) {
  std::vector<Access> open;
  for (const auto& [at, place] : warps_[warp]) open.insert(open.end(), place.open.begin(), place.open.end());
  std::sort(open.begin(), open.end(), [](const Access& a, const Access& b) { return a.number < b.number; });
  for (const Access& access : open) count(access);
  warps_[warp].clear();
}

void TrafficCounter::close_block() {
  for (unsigned warp = 0; warp < warps_.size(); ++warp) close_warp(warp);
}

void TrafficCounter::finish_launch() { sectors_.finish_launch(launches_.back()); }

void TrafficCounter::count(const Access& access) {
  const unsigned lane = static_cast<unsigned>(std::countr_zero(access.lanes.lanes));
  Traffic& sum = launches_.back();
  if (block().shared().contains(reinterpret_cast<const void*>(access.lanes.address[lane])))
    add_shared_access(access.lanes, access.kind == Kind::async_copy ? sum.async_copies : sum.accesses);
  else
    count_global(access.lanes, access.kind == Kind::write);
}

void TrafficCounter::count_global(const WarpAccess& access, bool writes) {
  std::vector<std::pair<uintptr_t, uint32_t>> sectors;  // with the bytes of each
  for (unsigned lane = 0; lane < 32; ++lane) {
    const uintptr_t end = access.address[lane] + access.bytes[lane];
    for (uintptr_t at = access.address[lane]; at < end;) {
      const uintptr_t sector = at / kSectorBytes, next = std::min(end, (sector + 1) * kSectorBytes);
      const auto bytes = static_cast<uint32_t>(((uint64_t{1} << (next - at)) - 1) << at % kSectorBytes);
      at = next;
      const auto known =
          std::find_if(sectors.rbegin(), sectors.rend(), [&](const auto& s) { return s.first == sector; });
      if (known == sectors.rend())
        sectors.emplace_back(sector, bytes);
      else
        known->second |= bytes;
    }
  }
  for (const auto& [sector, bytes] : sectors) sectors_.request(sector, bytes, writes);
}

}  // namespace gridstride::emulation
