// Tests give kernels pointers to what they allocate with `new`. On a GPU that memory must be the device's too: from the
// call on, `new` takes it from a range of managed memory.
#pragma once

namespace gridstride::test {

void use_managed_memory();

}  // namespace gridstride::test
