#include "native/core/recording.h"

#include <algorithm>
#include <utility>

#include "native/core/device.h"

namespace gridstride {

void Recording::check(const Device& device, const Record& record) const {
  if (&device_ != &device) throw Error(ErrorCode::kDevice, "capture: every op must be on " + device_.name());
  if (record.kind != RecordKind::launch && record.kind != RecordKind::upload)
    throw Error(ErrorCode::kUnsupportedOp, "capture: reading a value or waiting cannot be replayed");
}

void Recording::add(Record record) {
  record.new_bytes = 0;
  records_.push_back(std::move(record));
}

void Recording::replay() {
  if (!is_closed_) throw Error(ErrorCode::kUnsupportedOp, "replay: the capture must have ended");
  Record run;
  run.kind = RecordKind::replay;
  run.weight = std::max<int64_t>(static_cast<int64_t>(records_.size()), 1);
  run.finish = [self = shared_from_this()](const auto&) { self->run(); };
  device_.queue().submit(std::move(run));
}

void Recording::time(int64_t runs, std::shared_ptr<Recording> wipe, Timed done) {
  if (!is_closed_) throw Error(ErrorCode::kUnsupportedOp, "time: the capture must have ended");
  if (wipe && &wipe->device_ != &device_) throw Error(ErrorCode::kDevice, "time: both captures must be on one device");
  Record record;
  record.kind = RecordKind::host;
  record.finish = [self = shared_from_this(), runs, wipe = std::move(wipe), done = std::move(done)](const auto&) {
    std::vector<double> milliseconds;
    try {
      for (int64_t i = 0; i < runs; ++i) {
        if (wipe) wipe->run();
        milliseconds.push_back(self->device_.backend().time([&] { self->run(); }));
      }
      done(milliseconds, nullptr);
    } catch (const Error& error) {
      done({}, std::make_shared<Failure>(Failure{error, ""}));
    }
  };
  device_.queue().submit(std::move(record));
}

void Recording::run() {
  if (!graph_ || !is_healthy() || device_.queue().is_traced()) {
    if (run_each() && may_capture_ && !device_.queue().is_traced()) capture();
    return;
  }
  try {
    graph_->launch();
  } catch (const Error& error) {
    const auto failure = std::make_shared<Failure>(Failure{error, ""});
    for (Record& record : records_) device_.queue().poison(record, failure);
  }
}

bool Recording::run_each() {
  bool all = true;
  for (Record& record : records_) all = !device_.queue().execute(record) && all;
  return all;
}

// A failed input must reach the outputs that depend on it, and no others: op by op.
bool Recording::is_healthy() const {
  for (const Record& record : records_)
    for (const Slot& slot : record.slots)
      if (slot.storage->failure()) return false;
  return true;
}

// Once: what a graph cannot hold stays with run_each().
void Recording::capture() {
  may_capture_ = false;
  try {
    graph_ = device_.backend().capture([this] {
      for (Record& record : records_) device_.queue().run(record);
    });
  } catch (const Error&) {
    graph_.reset();
  }
}

}  // namespace gridstride
