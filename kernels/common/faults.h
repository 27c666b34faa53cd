// How a kernel says that a value it was given cannot be used (report_fault, faults.cuh): an index or a label out of
// range, an integer divisor of 0, segments that do not fit their rows. It goes on with NaN or zeros; the host looks
// when it next waits for the stream.
#pragma once

#include <cstdint>

namespace gridstride {

enum class FaultKind : int32_t { index, label, divisor, segment_start, segment_order, segment_end, segment_length };

// In host memory that the device may write.
struct DeviceFault {
  int32_t reports;  // 0: none since the host last looked
  int32_t op;       // OpId
  FaultKind kind;
  int64_t value, position;
  int64_t limit;  // values lie in [0, limit); of segments: the rows, or the longest there may be
};

// Of one op pass.
struct FaultSink {
  DeviceFault* fault;
  int32_t op;
};

}  // namespace gridstride
