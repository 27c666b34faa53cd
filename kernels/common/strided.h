// Elementwise ops take tensors of any stride: sizes of the result and one stride array per operand, in elements, with
// stride 0 where an operand is broadcast.
#pragma once

namespace gridstride {

constexpr int kMaxRank = 8;

}  // namespace gridstride
