// Runs something in a process of its own, so that what a kernel breaks there breaks nothing else.
#pragma once

#include <functional>
#include <string>

namespace gridstride::test {

struct ChildResult {
  std::string text;     // what `body` returned; empty when it did not come to that
  std::string failure;  // how the process ended, empty for an ordinary end
};

// The process is ended after `seconds`.
ChildResult run_in_child(const std::function<std::string()>& body, unsigned seconds);

}  // namespace gridstride::test
