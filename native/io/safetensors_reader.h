// Reads tensors of a safetensors file, on the calling (task) thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "native/io/safetensors_header.h"
#include "native/io/tensor_reader.h"

namespace gridstride::io {

SafetensorsHeader read_safetensors_header(const std::string& path);

// The tensors of `names` (absent: all) by offset in the file. Throws Error(kCheckpoint) for a file that breaks the
// format, a name it lacks, a dtype this engine has no tensors for; Error(kAborted); Error(kOutOfMemory).
std::vector<NamedTensor> read_safetensors(const std::string& path, const ReadOptions& options,
                                          const std::optional<std::vector<std::string>>& names,
                                          const Cancelled& cancelled);

}  // namespace gridstride::io
