// Writes tensors as a safetensors file, from the calling (task) thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "native/io/safetensors_reader.h"

namespace gridstride::io {

using Metadata = std::vector<std::pair<std::string, std::string>>;

// `tensors` must be dense. They are read through their device's queue, chunk by chunk, while the file is written: what
// is queued meanwhile must not change them. The file appears under `path` only when it is complete.
// Throws Error(kCheckpoint) naming the path when it cannot be written, Error(kAborted), or what a tensor failed with.
void write_safetensors(const std::string& path, const std::vector<NamedTensor>& tensors, const Metadata& metadata,
                       const Cancelled& cancelled);

}  // namespace gridstride::io
