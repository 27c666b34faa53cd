// State of one Node-API environment (the main thread or a worker): its tensor handles, its mailbox and its completions.
// A handle is a number, index + 2^32 * generation, so that an op call crosses without making objects, and a stale
// handle is told from a live one.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "native/core/recording.h"
#include "native/core/tensor.h"
#include "native/napi/completions.h"

namespace gridstride::napi {

class Environment {
 public:
  static constexpr int kMailboxSize = 4096;

  explicit Environment(Napi::Env env);
  ~Environment();
  static Environment& of(napi_env env);
  // At the environment's end, before its thread-safe functions go: drops everything it holds.
  void close();

  double add(Tensor tensor);
  // Throws Error(kDisposed).
  const Tensor& get(double handle) const;
  void release(double handle);
  int64_t live_handles() const { return live_; }

  // Writes outputs where JavaScript reads them: per output handle, dtype, rank, sizes. An empty tensor has handle 0.
  // Returns how many.
  uint32_t mail(std::vector<Tensor> outputs);
  Napi::Value mailbox_array(Napi::Env env);

  const std::shared_ptr<Completions>& completions() const { return completions_; }
  bool debug() const { return debug_; }

  std::unordered_map<uint32_t, std::shared_ptr<Recording>> recordings;
  uint32_t next_recording = 1;

 private:
  struct Entry {
    Tensor tensor;
    uint32_t generation = 1;
  };

  std::vector<Entry> entries_;
  std::vector<uint32_t> free_;
  int64_t live_ = 0;
  std::shared_ptr<Completions> completions_;
  Napi::Reference<Napi::Float64Array> mailbox_;
  double* mail_ = nullptr;
  bool debug_ = false;
};

}  // namespace gridstride::napi
