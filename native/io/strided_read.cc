#include "native/io/strided_read.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace gridstride::io {

bool is_dense(const TensorRange& range) {
  int64_t expected = 1;
  for (int i = range.shape.rank - 1; i >= 0; --i) {
    if (range.shape.dims[i] != 1 && range.strides[i] != expected) return range.shape.numel() == 0;
    expected *= range.shape.dims[i];
  }
  return true;
}

StridedRead::StridedRead(const TensorRange& range, ReadBytes read)
    : begin_(range.begin), element_bytes_(range.dtype->bytes), numel_(range.shape.numel()), read_(std::move(read)) {
  int64_t dense_stride = element_bytes_;
  end_ = begin_ + element_bytes_;
  for (int i = range.shape.rank - 1; i >= 0; --i) {
    const int64_t size = range.shape.dims[i];
    const int64_t file_stride = range.strides[i] * element_bytes_;
    if (size > 1) axes_.push_back({size, file_stride, dense_stride});
    end_ += (size - 1) * file_stride;
    dense_stride *= size;
  }
  std::stable_sort(axes_.begin(), axes_.end(),
                   [](const Axis& a, const Axis& b) { return a.file_stride > b.file_stride; });
}

const std::byte* StridedRead::at(int64_t position, int64_t bytes) {
  const auto window_end = window_begin_ + static_cast<int64_t>(window_.size());
  if (window_.empty() || position < window_begin_ || position + bytes > window_end) {
    window_.resize(static_cast<size_t>(std::min(kChunkBytes, end_ - position)));
    window_begin_ = position;
    read_(position, window_.data(), static_cast<int64_t>(window_.size()));
  }
  return window_.data() + (position - window_begin_);
}

// The innermost axis is a loop, the others count like an odometer.
template <int64_t kBytes>
void StridedRead::walk(std::byte* dense) {
  const Axis inner = axes_.empty() ? Axis{1, 0, 0} : axes_.back();
  const size_t outer = axes_.empty() ? 0 : axes_.size() - 1;
  std::vector<int64_t> index(outer, 0);
  int64_t position = begin_;
  for (;;) {
    for (int64_t i = 0; i < inner.size; ++i)
      std::memcpy(dense + i * inner.dense_stride, at(position + i * inner.file_stride, kBytes), kBytes);
    size_t axis = outer;
    while (axis > 0 && ++index[axis - 1] == axes_[axis - 1].size) {
      --axis;
      index[axis] = 0;
      position -= (axes_[axis].size - 1) * axes_[axis].file_stride;
      dense -= (axes_[axis].size - 1) * axes_[axis].dense_stride;
    }
    if (axis == 0) return;
    position += axes_[axis - 1].file_stride;
    dense += axes_[axis - 1].dense_stride;
  }
}

void StridedRead::into(std::byte* dense) {
  if (numel_ == 0) return;
  switch (element_bytes_) {
    case 1:
      return walk<1>(dense);
    case 2:
      return walk<2>(dense);
    case 4:
      return walk<4>(dense);
    default:
      return walk<8>(dense);
  }
}

}  // namespace gridstride::io
