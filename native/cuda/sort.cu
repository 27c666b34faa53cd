#include "native/cuda/sort.h"

#include "kernels/common/radix_sort.cuh"
#include "native/cuda/dispatch.h"

namespace gridstride::cuda {

namespace {

// Elements, so that every array starts at a multiple of 256 bytes.
int64_t padded(int64_t count) { return (count + 63) / 64 * 64; }
int64_t tiles_of(int64_t count) { return (count + kSortTile - 1) / kSortTile; }

}  // namespace

int64_t KeySort::bytes(int64_t count) {
  return (4 * padded(count) + padded(kSortBins * tiles_of(count)) + kSortBins) * 4;
}

KeySort::KeySort(const char* op, void* memory, int64_t count, Run& run)
    : op_(op), run_(run), first_(static_cast<uint32_t*>(memory)), count_(count), step_(padded(count)) {}

void KeySort::sort(uint32_t largest) {
  SortPass pass{};
  pass.counts = first_ + 4 * step_;
  pass.totals = pass.counts + padded(kSortBins * tiles_of(count_));
  pass.count = static_cast<uint32_t>(count_);
  pass.tiles = static_cast<uint32_t>(tiles_of(count_));
  do {
    pass.keys = keys();
    pass.positions = positions();
    half_ = 1 - half_;
    sorted_ = true;
    pass.sorted_keys = first_ + half_ * step_;
    pass.sorted_positions = first_ + (2 + half_) * step_;
    check_launch(op_, launch(run_.stream, pass.tiles, kSortThreads, 0, sort_count, pass));
    if (pass.tiles > kSortFewTiles) check_launch(op_, launch(run_.stream, kSortBins, kSortThreads, 0, sort_scan, pass));
    check_launch(op_, launch(run_.stream, pass.tiles, kSortThreads, 0, sort_scatter, pass));
    pass.shift += kSortBits;
  } while (pass.shift < 32 && largest >> pass.shift != 0);
}

}  // namespace gridstride::cuda
