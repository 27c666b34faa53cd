#include "native/io/transfer.h"

#include <string>
#include <utility>

namespace gridstride::io {

namespace {

[[noreturn]] void fail_aborted(const char* where) {
  throw Error(ErrorCode::kAborted, std::string(where) + ": aborted by the caller");
}

Slot slot_of(const Tensor& tensor, int64_t at, Access access) {
  return {0, access, tensor.dtype, tensor.shape, tensor.offset * dtype_size(tensor.dtype) + at, tensor.storage};
}

}  // namespace

void check_cancelled(const Cancelled& cancelled, const char* where) {
  if (cancelled.load(std::memory_order_relaxed)) fail_aborted(where);
}

Pending::Pending(Device& device, Record record, const Cancelled& cancelled, const char* where,
                 std::vector<Tensor> watched)
    : where_(where) {
  auto promise = std::make_shared<std::promise<Result>>();
  result_ = promise->get_future();
  record.finish = [promise = std::move(promise), watched = std::move(watched)](const Result& failure) {
    Result first = failure;
    for (const Tensor& tensor : watched)
      if (!first) first = tensor.storage->failure();
    promise->set_value(first);
  };
  for (;;) {
    check_cancelled(cancelled, where);
    try {
      device.queue().submit(record);
      // The parameter may live as long as the caller waits, and a dropped record must break the promise.
      record.finish = nullptr;
      return;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kQueueFull) throw;
    }
    drain(device, cancelled, where);
  }
}

void Pending::wait() {
  Result failure;
  try {
    failure = result_.get();
  } catch (const std::future_error&) {
    fail_aborted(where_);
  }
  if (failure) throw failure->error;
}

void drain(Device& device, const Cancelled& cancelled, const char* where, std::vector<Tensor> watched) {
  Record marker;
  marker.kind = RecordKind::host;
  Pending(device, std::move(marker), cancelled, where, std::move(watched)).wait();
}

Record upload_record(const Tensor& tensor, int64_t at, std::vector<std::byte> bytes, bool is_first) {
  Record record;
  record.kind = RecordKind::upload;
  record.slots.push_back(slot_of(tensor, at, is_first ? Access::write : Access::update));
  record.new_bytes = is_first ? tensor.storage->bytes() : 0;
  record.payload = std::make_shared<std::vector<std::byte>>(std::move(bytes));
  return record;
}

Record download_record(const Tensor& tensor, int64_t at, int64_t bytes,
                       const std::shared_ptr<std::vector<std::byte>>& target) {
  Record record;
  record.kind = RecordKind::download;
  record.slots.push_back(slot_of(tensor, at, Access::read));
  record.payload = target;
  record.payload_bytes = bytes;
  return record;
}

}  // namespace gridstride::io
