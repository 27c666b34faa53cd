// What the emulation throws when a kernel breaks a rule of CUDA, and how it names a place in the program.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>

namespace gridstride::emulation {

// The text reads `kernel: block (x, y, z), thread (x, y, z): rule, got values, at file:line`.
class EmulationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Where = std::source_location;

// Ends the launch: inside a kernel the thread never runs on, and launch_grid throws in its place.
[[noreturn]] void fail(const std::string& rule);
[[noreturn]] void fail(const std::string& rule, const Where& where);

std::string text_of(const Where& where);  // file:line

// `function at file:line` of a code address, by addr2line; the bare address where that is not installed.
std::string name_of_code(const void* address);
// The name of the function that starts at `address`, without its parameters.
std::string name_of_function(const void* address);

}  // namespace gridstride::emulation
