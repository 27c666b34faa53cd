// Refreshes the compute copy of a block of weights, in plain loops.
#pragma once

#include "native/cpu/storage.h"

namespace gridstride::cpu {

template <class W>
void copy_weights(const W* weight, void* copy, DType copy_dtype, int64_t count) {
  with_floating("optimizer", copy_dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (int64_t i = 0; i < count; ++i) static_cast<T*>(copy)[i] = narrow<T>(weight[i]);
  });
}

}  // namespace gridstride::cpu
