#include "native/io/tensor_reader.h"

#include <algorithm>
#include <utility>

#include "native/io/json_text.h"
#include "native/io/strided_read.h"

namespace gridstride::io {

namespace {

// Tensors are cast in pieces, a few of them at a time: what is read of another dtype than is wanted takes little memory
// beside the result, and blocks of one size are used again.
constexpr int64_t kCastPieceBytes = 1 << 20;
constexpr int64_t kCastAhead = 16 << 20;

// Any byte but 0 is true in a file; in memory a boolean is 0 or 1.
void make_booleans(std::byte* data, int64_t count) {
  for (int64_t i = 0; i < count; ++i) data[i] = data[i] == std::byte{0} ? std::byte{0} : std::byte{1};
}

class Reader {
 public:
  Reader(const InputFile& file, const ReadOptions& options, const Cancelled& cancelled, const char* where)
      : file_(file), options_(options), cancelled_(cancelled), where_(where) {}

  Tensor read(const TensorRange& range) {
    if (!range.dtype->dtype)
      throw Error(ErrorCode::kCheckpoint,
                  std::string(where_) +
                      ": the dtype must be F64, F32, F16, BF16, I64, I32, U8 or BOOL to be read, got " +
                      range.dtype->name + " for tensor " + quoted(range.name) + " in " + file_.path(),
                  {{"file", file_.path()}, {"tensor", range.name}});
    const DType stored = *range.dtype->dtype;
    if (options_.dtype && is_floating(stored) && stored != *options_.dtype) return read_cast(range);
    return read_as_stored(range);
  }

  // Waits for the casts; throws when one failed.
  void finish() {
    if (!casts_.empty()) drain(*options_.device, cancelled_, where_, std::move(casts_));
  }

 private:
  Tensor read_as_stored(const TensorRange& range) {
    const Tensor tensor = empty(*options_.device, *range.dtype->dtype, range.shape);
    if (options_.device->backend().is_host_memory())
      fill(tensor, range);
    else
      upload(tensor, range);
    return tensor;
  }

  Tensor read_cast(const TensorRange& range) {
    const Tensor tensor = empty(*options_.device, *options_.dtype, range.shape);
    casts_.push_back(tensor);
    if (!is_dense(range)) {
      cast(read_as_stored(range), tensor);
      return tensor;
    }
    const int64_t count = tensor.numel();
    const int64_t most = kCastPieceBytes / range.dtype->bytes;
    for (int64_t at = 0; at < count; at += most) {
      const int64_t elements = std::min(most, count - at);
      const TensorRange piece{range.name, range.dtype, Shape{elements}, {1}, range.begin + at * range.dtype->bytes};
      Tensor target = reshaped(tensor, Shape{count});
      target.shape.dims[0] = elements;
      target.offset += at;
      cast(read_as_stored(piece), target);
    }
    return tensor;
  }

  void read_bytes(int64_t at, std::byte* target, int64_t bytes) {
    check_cancelled(cancelled_, where_);
    file_.read(target, bytes, at);
  }

  void read_strided(const TensorRange& range, std::byte* target) {
    StridedRead(range, [this](int64_t at, std::byte* to, int64_t bytes) { read_bytes(at, to, bytes); }).into(target);
  }

  void fill(const Tensor& tensor, const TensorRange& range) {
    auto* data = static_cast<std::byte*>(tensor.storage->fill_in_place());
    const int64_t bytes = tensor.numel() * range.dtype->bytes;
    if (is_dense(range))
      for (int64_t at = 0; at < bytes; at += kChunkBytes)
        read_bytes(range.begin + at, data + at, std::min(kChunkBytes, bytes - at));
    else
      read_strided(range, data);
    if (tensor.dtype == DType::boolean) make_booleans(data, bytes);
  }

  // One chunk is copied while the next is read; the elements of a strided range are put in order on the host first.
  void upload(const Tensor& tensor, const TensorRange& range) {
    std::optional<Pending> previous;
    const int64_t bytes = tensor.numel() * range.dtype->bytes;
    std::vector<std::byte> ordered(is_dense(range) ? 0 : static_cast<size_t>(bytes));
    if (!ordered.empty()) read_strided(range, ordered.data());
    for (int64_t at = 0; at < bytes; at += kChunkBytes) {
      std::vector<std::byte> chunk(static_cast<size_t>(std::min(kChunkBytes, bytes - at)));
      const auto size = static_cast<int64_t>(chunk.size());
      if (ordered.empty())
        read_bytes(range.begin + at, chunk.data(), size);
      else
        std::copy_n(ordered.begin() + at, size, chunk.begin());
      if (tensor.dtype == DType::boolean) make_booleans(chunk.data(), size);
      if (previous) previous->wait();
      previous.emplace(*options_.device, upload_record(tensor, at, std::move(chunk), at == 0), cancelled_, where_);
    }
    if (previous) previous->wait();
  }

  void cast(const Tensor& source, const Tensor& target) {
    cast_bytes_ += source.storage->bytes();
    if (cast_bytes_ > kCastAhead) {
      drain(*options_.device, cancelled_, where_);
      cast_bytes_ = source.storage->bytes();
    }
    for (;;) {
      try {
        return options_.cast_into(source, target);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kQueueFull) throw;
      }
      drain(*options_.device, cancelled_, where_);
    }
  }

  const InputFile& file_;
  const ReadOptions& options_;
  const Cancelled& cancelled_;
  const char* where_;
  int64_t cast_bytes_ = 0;
  std::vector<Tensor> casts_;
};

}  // namespace

std::vector<NamedTensor> read_ranges(const InputFile& file, const std::vector<TensorRange>& ranges,
                                     const ReadOptions& options, const Cancelled& cancelled, const char* where) {
  Reader reader(file, options, cancelled, where);
  std::vector<NamedTensor> tensors;
  tensors.reserve(ranges.size());
  for (const TensorRange& range : ranges) {
    check_cancelled(cancelled, where);
    tensors.push_back({range.name, reader.read(range)});
  }
  reader.finish();
  return tensors;
}

}  // namespace gridstride::io
