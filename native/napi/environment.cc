#include "native/napi/environment.h"

#include <cstdlib>
#include <cstring>

#include "native/ops/engine.h"

namespace gridstride::napi {

namespace {

constexpr double kGeneration = 4294967296.0;

}  // namespace

Environment::Environment(Napi::Env env) : completions_(std::make_shared<Completions>(env)) {
  const char* debug = std::getenv("GRIDSTRIDE_DEBUG");
  debug_ = debug != nullptr && strcmp(debug, "1") == 0;
  auto array = Napi::Float64Array::New(env, kMailboxSize);
  mail_ = array.Data();
  mailbox_ = Napi::Reference<Napi::Float64Array>::New(array, 1);
  entries_.emplace_back();  // handle 0 is "none"
  Engine::instance().enter();
}

Environment::~Environment() { mailbox_.SuppressDestruct(); }

void Environment::close() {
  current_recording = nullptr;
  completions_->close();
  recordings.clear();
  entries_.clear();
  Engine::instance().leave();
}

Environment& Environment::of(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return *static_cast<Environment*>(data);
}

double Environment::add(Tensor tensor) {
  uint32_t index;
  if (free_.empty()) {
    index = static_cast<uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Entry& entry = entries_[index];
  entry.tensor = std::move(tensor);
  ++live_;
  return index + kGeneration * entry.generation;
}

const Tensor& Environment::get(double handle) const {
  const double generation = handle > 0 && handle < 9e15 ? static_cast<double>(static_cast<uint64_t>(handle) >> 32) : 0;
  const auto index = handle > 0 && handle < 9e15 ? static_cast<uint32_t>(static_cast<uint64_t>(handle)) : 0;
  if (index == 0 || index >= entries_.size() || entries_[index].generation != generation || !entries_[index].tensor)
    throw Error(ErrorCode::kDisposed, "tensor: already disposed (or of another thread)");
  return entries_[index].tensor;
}

void Environment::release(double handle) {
  get(handle);
  const auto index = static_cast<uint32_t>(static_cast<uint64_t>(handle));
  Entry& entry = entries_[index];
  entry.tensor = Tensor{};
  entry.generation = (entry.generation + 1) & 0xfffff;  // handles stay below 2^53
  if (entry.generation == 0) entry.generation = 1;
  free_.push_back(index);
  --live_;
}

uint32_t Environment::mail(std::vector<Tensor> outputs) {
  double* at = mail_;
  for (Tensor& output : outputs) {
    if (at + 3 + kMaxRank > mail_ + kMailboxSize) throw Error(ErrorCode::kUnsupportedOp, "op: too many outputs");
    const Shape shape = output.shape;
    const DType dtype = output.dtype;
    *at++ = output ? add(std::move(output)) : 0;
    *at++ = static_cast<double>(static_cast<int>(dtype));
    *at++ = shape.rank;
    for (int i = 0; i < shape.rank; ++i) *at++ = static_cast<double>(shape.dims[i]);
  }
  return static_cast<uint32_t>(outputs.size());
}

Napi::Value Environment::mailbox_array(Napi::Env) { return mailbox_.Value(); }

}  // namespace gridstride::napi
