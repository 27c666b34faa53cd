// How a kernel says that an index or a label it was given lies out of range (report_fault, faults.cuh). It goes on with
// NaN or zeros; the host looks when it next waits for the stream.
#pragma once

#include <cstdint>

namespace gridstride {

// In host memory that the device may write.
struct DeviceFault {
  int32_t reports;  // 0: none since the host last looked
  int32_t op;       // OpId
  int64_t value, position;
};

// Of one op pass.
struct FaultSink {
  DeviceFault* fault;
  int32_t op;
};

}  // namespace gridstride
