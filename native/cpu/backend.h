#pragma once

#include <memory>
#include <string>

#include "native/core/backend.h"

namespace gridstride::cpu {

// The CPU device with the given instruction set (reference: plain loops); an empty name leaves the choice to
// GRIDSTRIDE_CPU and the machine. GRIDSTRIDE_THREADS sets the threads.
// Throws Error(kDevice) for a set this machine lacks, Error(kConfig) for a thread count that is none.
std::unique_ptr<Backend> make_backend(const std::string& set);

// Processors this process may use: its affinity, and the cgroup's limit where there is one.
int usable_processors();

}  // namespace gridstride::cpu
