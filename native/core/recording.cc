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
  run.finish = [self = shared_from_this()](const auto&) {
    for (Record& record : self->records_) self->device_.queue().execute(record);
  };
  device_.queue().submit(std::move(run));
}

}  // namespace gridstride
