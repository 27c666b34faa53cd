#include "native/cuda/sort.h"

#include "kernels/common/radix_sort.cuh"
#include "native/cuda/dispatch.h"

namespace gridstride::cuda {

namespace {

// Elements, so that every array starts at a multiple of 256 bytes.
int64_t padded(int64_t count) { return (count + 63) / 64 * 64; }
int64_t tiles_of(int64_t count) { return (count + kSortTile - 1) / kSortTile; }

}  // namespace

int64_t sort_bytes(int64_t count) { return (4 * padded(count) + padded(kSortBins * tiles_of(count)) + kSortBins) * 4; }

SortedKeys sort_keys(const char* op, void* memory, int64_t count, uint32_t largest, Run& run) {
  uint32_t* first = static_cast<uint32_t*>(memory);
  const int64_t step = padded(count);
  SortPass pass{};
  pass.keys = first;
  pass.counts = first + 4 * step;
  pass.totals = pass.counts + padded(kSortBins * tiles_of(count));
  pass.count = static_cast<uint32_t>(count);
  pass.tiles = static_cast<uint32_t>(tiles_of(count));
  int half = 1;  // where the next pass writes
  do {
    pass.sorted_keys = first + half * step;
    pass.sorted_positions = first + (2 + half) * step;
    check_launch(op, launch(run.stream, pass.tiles, kSortThreads, 0, sort_count, pass));
    if (pass.tiles > kSortFewTiles) check_launch(op, launch(run.stream, kSortBins, kSortThreads, 0, sort_scan, pass));
    check_launch(op, launch(run.stream, pass.tiles, kSortThreads, 0, sort_scatter, pass));
    pass.keys = pass.sorted_keys;
    pass.positions = pass.sorted_positions;
    pass.shift += kSortBits;
    half = 1 - half;
  } while (pass.shift < 32 && largest >> pass.shift != 0);
  return {pass.keys, pass.positions};
}

}  // namespace gridstride::cuda
