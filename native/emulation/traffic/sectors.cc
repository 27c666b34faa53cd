#include "native/emulation/traffic/sectors.h"

#include <bit>

namespace gridstride::emulation {

namespace {

constexpr size_t kKeptBytesOfThread = 64;
constexpr int64_t kKeptBytesOfLaunch = 64 * 1024;

}  // namespace

void RecentSectors::reset(size_t capacity) {
  capacity_ = capacity;
  order_.clear();
  places_.clear();
}

bool RecentSectors::use(uintptr_t sector) {
  const auto found = places_.find(sector);
  if (found != places_.end()) {
    order_.splice(order_.begin(), order_, found->second);
    return true;
  }
  order_.push_front(sector);
  places_[sector] = order_.begin();
  if (order_.size() > capacity_) {
    places_.erase(order_.back());
    order_.pop_back();
  }
  return false;
}

void Sectors::start_launch() {
  sectors_.clear();
  block_ = 0;
  reads_ = writes_ = write_misses_ = 0;
}

void Sectors::start_block(unsigned threads) {
  ++block_;
  read_.reset(threads * kKeptBytesOfThread / kSectorBytes);
  written_.reset(threads * kKeptBytesOfThread / kSectorBytes);
}

void Sectors::request(uintptr_t number, uint32_t mask, bool writes) {
  Sector& sector = sectors_[number];
  if (writes) {
    ++writes_;
    sector.write_mask |= mask;
    if (!written_.use(number)) ++write_misses_;
    return;
  }
  ++reads_;
  sector.read_mask |= mask;
  if (!read_.use(number)) ++sector.misses;
  if (sector.read_block == 0) sector.read_block = block_;
  if (sector.read_block != block_) sector.is_read_by_several = true;
}

void Sectors::finish_launch(Traffic& traffic) const {
  int64_t of_one = 0, of_several = 0, several = 0;
  for (const auto& [number, sector] : sectors_) {
    traffic.bytes_read += std::popcount(sector.read_mask);
    traffic.bytes_written += std::popcount(sector.write_mask);
    several += sector.is_read_by_several;
    (sector.is_read_by_several ? of_several : of_one) += sector.misses;
  }
  traffic.sectors_read = reads_;
  traffic.sectors_written = writes_;
  constexpr auto kBytes = static_cast<int64_t>(kSectorBytes);
  const bool is_kept = several * kBytes <= kKeptBytesOfLaunch;
  traffic.bytes_moved = (of_one + (is_kept ? several : of_several) + write_misses_) * kBytes;
}

}  // namespace gridstride::emulation
