// Reads a strided range of a file as dense elements. It is walked in the order of the file with a window of bounded
// size, so that a transposed matrix, of whatever size, costs one pass over its bytes.
#pragma once

#include <functional>
#include <vector>

#include "native/io/tensor_reader.h"

namespace gridstride::io {

// Whether the elements stand in the file as they do in a dense tensor.
bool is_dense(const TensorRange& range);

class StridedRead {
 public:
  // Fills `target` with bytes of the file from `at`.
  using ReadBytes = std::function<void(int64_t at, std::byte* target, int64_t bytes)>;

  StridedRead(const TensorRange& range, ReadBytes read);
  void into(std::byte* dense);

 private:
  struct Axis {
    int64_t size, file_stride, dense_stride;  // in bytes
  };
  template <int64_t kBytes>
  void walk(std::byte* dense);
  const std::byte* at(int64_t position, int64_t bytes);

  std::vector<Axis> axes_;  // the farthest apart in the file first
  int64_t begin_, end_, element_bytes_, numel_;
  int64_t window_begin_ = 0;
  std::vector<std::byte> window_;
  ReadBytes read_;
};

}  // namespace gridstride::io
