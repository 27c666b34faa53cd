// Labels of a classification loss.
#pragma once

#include <cstdint>
#include <string>

#include "kernels/common/dtype.h"
#include "native/core/error.h"
#include "native/cpu/storage.h"

namespace gridstride::cpu {

// Throws Error(kData) naming the first label outside [0, classes) other than ignore_index.
inline void check_labels(const void* labels, DType dtype, int64_t rows, int64_t classes, int64_t ignore_index) {
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t label = index_at(labels, dtype, i);
    if (label == ignore_index || (label >= 0 && label < classes)) continue;
    throw Error(ErrorCode::kData,
                "cross_entropy: labels must lie in [0, " + std::to_string(classes) + ") or be the ignore index " +
                    std::to_string(ignore_index) + ", got " + std::to_string(label) + " at position " +
                    std::to_string(i),
                {{"label", static_cast<double>(label)}, {"position", static_cast<double>(i)}});
  }
}

}  // namespace gridstride::cpu
