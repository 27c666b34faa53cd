// Bytes between a task thread and a device's queue, a chunk at a time, with few chunks under way: a checkpoint of any
// size takes little host memory, holds the queue only for the copy of a chunk and stops soon when asked to.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <vector>

#include "native/core/device.h"

namespace gridstride::io {

constexpr int64_t kChunkBytes = 16 << 20;

// Set from any thread when nobody waits for a task's result any more.
using Cancelled = std::atomic<bool>;

// Throws Error(kAborted) once `cancelled` is set.
void check_cancelled(const Cancelled& cancelled, const char* where);

// A record under way, for a task thread to wait for; never wait on a queue or JavaScript thread.
class Pending {
 public:
  using Result = std::shared_ptr<const Failure>;

  // Adds `record` to the queue; its `finish` is taken. Waits while the queue is full. The record counts as failed too
  // when one of `watched` has by then.
  Pending(Device& device, Record record, const Cancelled& cancelled, const char* where,
          std::vector<Tensor> watched = {});
  // Throws what the record failed with, or Error(kAborted) when the queue was stopped before it ran.
  void wait();

 private:
  std::future<Result> result_;
  const char* where_;
};

// Waits until everything queued on the device so far has run. Throws what the first of `watched` that failed did.
void drain(Device& device, const Cancelled& cancelled, const char* where, std::vector<Tensor> watched = {});

// Queued copies of `bytes` bytes of a dense tensor from `at` on. The tensor's storage is new when `is_first`.
Record upload_record(const Tensor& tensor, int64_t at, std::vector<std::byte> bytes, bool is_first);
Record download_record(const Tensor& tensor, int64_t at, int64_t bytes,
                       const std::shared_ptr<std::vector<std::byte>>& target);

}  // namespace gridstride::io
