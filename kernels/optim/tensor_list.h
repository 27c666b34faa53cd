// Multi-tensor ops take up to kMaxTensors tensors a launch, their pointers and sizes inside the Args: nothing is read
// from a table on the device, and a queue can patch the pointers of a recorded step.
#pragma once

namespace gridstride {

constexpr int kMaxTensors = 64;

}  // namespace gridstride
