// One number per lane, for each warp operation.
#pragma once

#include <vector>

namespace gridstride::test {

enum class WarpOperation {
  shuffle,
  shuffle_xor,
  shuffle_up,
  shuffle_down,
  ballot,
  any,
  all,
  match_any,
  add,
  least,
  greatest
};

// What lane l gets for value 100 + l, or its bit of `votes`, with `argument` and `width`; -1 for lanes outside `mask`.
std::vector<int> in_warp(WarpOperation operation, unsigned mask, int argument, int width);

// threadIdx, blockIdx, blockDim and gridDim of every thread of a (3, 2, 2) grid of (4, 3, 2) blocks, as one number
// each.
std::vector<int> positions();

// Sum and maximum over a block of four warps, as thread t sees them.
void over_block(const std::vector<float>& x, std::vector<float>& sums, std::vector<float>& greatest);

}  // namespace gridstride::test
