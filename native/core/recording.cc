#include "native/core/recording.h"

#include "native/core/device.h"

namespace gridstride {

void Recording::add(const Record& record) {
  if (record.kind == RecordKind::download || record.kind == RecordKind::host)
    throw Error(ErrorCode::kUnsupportedOp, "capture: reading a value or waiting cannot be replayed");
  records_.push_back(record);
  records_.back().new_bytes = 0;
}

void Recording::replay() {
  Record run;
  run.kind = RecordKind::host;
  run.finish = [self = shared_from_this()](const auto&) {
    for (Record& record : self->records_) self->device_.queue().execute(record);
  };
  device_.queue().submit(std::move(run));
}

}  // namespace gridstride
