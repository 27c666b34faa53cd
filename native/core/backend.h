// What a device's queue thread drives: memory and launches of one device. The CPU backend and the bridge to the CUDA
// library implement it. All calls come from the queue thread, but `release` (and, where is_host_memory(), `reserve`)
// may come from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace gridstride {

enum class OpId : int32_t;
struct Record;

class Backend {
 public:
  virtual ~Backend() = default;

  // Device memory, 64-byte aligned; null when there is none left. Throws Error for any other failure.
  virtual void* reserve(int64_t bytes) = 0;
  virtual void release(void* data, int64_t bytes) = 0;

  // Called before each launch and copy, its memory taken. A backend may keep a storage's elements in an order of its
  // own as long as nothing sees it: here it restores what the record needs in order.
  virtual void prepare(const Record& /*record*/) {}

  // Starts one op pass on plain-data Args whose pointers are device memory. Throws Error.
  virtual void launch(OpId op, const void* args, int64_t args_bytes) = 0;
  virtual void upload(void* device, const void* host, int64_t bytes) = 0;
  // Returns once the bytes have arrived.
  virtual void download(void* host, const void* device, int64_t bytes) = 0;
  virtual void synchronize() = 0;

  // Milliseconds the device took for what `body` starts, by its own clock where it has one.
  virtual double time(const std::function<void()>& body);

  // Work that starts as a whole, with the pointers it was captured with.
  class Graph {
   public:
    virtual ~Graph() = default;
    virtual void launch() = 0;  // throws Error
  };
  // What `body` launches and uploads, as a graph: nothing of it runs. Null where the device has no graphs; throws what
  // `body` throws, or Error for what a graph cannot hold.
  virtual std::unique_ptr<Graph> capture(const std::function<void()>& /*body*/) { return nullptr; }

  // A named stretch of the queue thread on the timeline of a profiler, where the device has one. They nest.
  virtual void range_push(const std::string& /*text*/) {}
  virtual void range_pop() {}

  // Whether the host may read and write device memory in place.
  virtual bool is_host_memory() const { return false; }

  // Number of threads a CPU backend computes with; others ignore it.
  virtual void set_threads(int) {}
  virtual int threads() const { return 0; }
};

}  // namespace gridstride
