// How a kernel says that a value it was given cannot be used (report_fault, faults.cuh): an index or a label out of
// range, an integer divisor of 0. It goes on with NaN or zeros; the host looks when it next waits for the stream.
#pragma once

#include <cstdint>

namespace gridstride {

enum class FaultKind : int32_t { index, label, divisor };

// In host memory that the device may write.
struct DeviceFault {
  int32_t reports;  // 0: none since the host last looked
  int32_t op;       // OpId
  FaultKind kind;
  int64_t value, position;
  int64_t limit;  // values lie in [0, limit)
};

// Of one op pass.
struct FaultSink {
  DeviceFault* fault;
  int32_t op;
};

}  // namespace gridstride
