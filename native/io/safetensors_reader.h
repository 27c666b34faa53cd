// Reads tensors of a safetensors file into storages of their own, on the calling (task) thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "native/core/tensor.h"
#include "native/io/safetensors_header.h"
#include "native/io/transfer.h"

namespace gridstride::io {

struct ReadOptions {
  Device* device = nullptr;
  // Floating tensors are cast to this one; absent: each keeps the file's.
  std::optional<DType> dtype;
  // The cast op: its layer stands above this one.
  Tensor (*cast)(const Tensor& x, DType dtype) = nullptr;
  // Absent: all of them.
  std::optional<std::vector<std::string>> names;
};

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

SafetensorsHeader read_safetensors_header(const std::string& path);

// By offset in the file. Throws Error(kCheckpoint) for a file that breaks the format, a name it lacks, a dtype this
// engine has no tensors for; Error(kAborted); Error(kOutOfMemory).
std::vector<NamedTensor> read_safetensors(const std::string& path, const ReadOptions& options,
                                          const Cancelled& cancelled);

}  // namespace gridstride::io
