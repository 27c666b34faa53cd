// Kernels with a bug planted in one of their two versions, and what each build of the emulation must say about it.
#pragma once

#include <vector>

namespace gridstride::test {

struct Bug {
  const char* name;
  bool (*run)(bool broken);  // whether the kernel's result is right
  // The text of the failure, null where a build is not meant to find this bug in every run.
  const char* fast;
  const char* sanitized;
  const char* race;
};

std::vector<Bug> memory_bugs();
std::vector<Bug> order_bugs();
std::vector<Bug> rule_bugs();

}  // namespace gridstride::test
