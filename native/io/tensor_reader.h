// Tensors read from ranges of a file into storages of their own, on the calling (task) thread: the part that all
// formats share. Who knows the format has checked that the ranges lie in the file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "native/core/tensor.h"
#include "native/io/file.h"
#include "native/io/file_dtype.h"
#include "native/io/transfer.h"

namespace gridstride::io {

struct ReadOptions {
  Device* device = nullptr;
  // Floating tensors are cast to this one; absent: each keeps the file's.
  std::optional<DType> dtype;
  // The cast op, from one tensor into a view of its shape: its layer stands above this one.
  void (*cast_into)(const Tensor& x, const Tensor& y) = nullptr;
};

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

// Where a tensor's elements stand in a file: element (i, j, ...) is strides[0] i + strides[1] j + ... elements after
// `begin`. Distinct indices of a stride other than 0 are distinct elements.
struct TensorRange {
  std::string name;
  const FileDType* dtype = nullptr;
  Shape shape;
  int64_t strides[kMaxRank] = {};  // in elements, not negative
  int64_t begin = 0;               // byte of the file
};

// Each range as a dense tensor of memory of its own, also where ranges share bytes. `where` is the first word of
// errors: kCheckpoint when a dtype has no tensors here or the file comes up short, kAborted, kOutOfMemory.
std::vector<NamedTensor> read_ranges(const InputFile& file, const std::vector<TensorRange>& ranges,
                                     const ReadOptions& options, const Cancelled& cancelled, const char* where);

}  // namespace gridstride::io
