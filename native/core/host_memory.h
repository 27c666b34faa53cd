// Memory of the C library's heap.
#pragma once

namespace gridstride {

// Gives freed pages back to the system: the C library keeps those it thinks are soon asked for again. Takes
// milliseconds.
void return_freed_memory();

}  // namespace gridstride
