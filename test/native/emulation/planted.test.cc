// Plants every kind of bug and sees it caught by each build meant to catch it, in every order of threads tried; the
// same kernels without the bug pass in every build.
#include "test/native/emulation/planted.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "native/emulation/launch.h"
#include "test/native/emulation/child.h"
#include "test/native/kernel_check.h"

namespace gridstride::test {
namespace {

constexpr int kSeeds = 5;

const char* expected_of(const Bug& bug) {
  switch (emulation::variant()) {
    case emulation::Variant::sanitized:
      return bug.sanitized;
    case emulation::Variant::race:
      return bug.race;
    default:
      return bug.fast;
  }
}

std::string output_of(const Bug& bug, bool broken, uint64_t seed) {
  return run_in_child([&] {
    emulation::set_seed(seed);
    try {
      std::fputs(bug.run(broken) ? "right result" : "wrong result", stderr);
    } catch (const emulation::EmulationError& error) {
      std::fputs(error.what(), stderr);
    }
  });
}

void check_bug(const Bug& bug) {
  const char* expected = expected_of(bug);
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const std::string where = std::string(bug.name) + ", seed " + std::to_string(seed);
    const std::string sound = output_of(bug, false, seed);
    check(sound == "right result", where + " without the bug: " + sound);
    if (!expected) continue;
    const std::string broken = output_of(bug, true, seed);
    check(broken.find(expected) != std::string::npos, where + ": expected \"" + expected + "\", got: " + broken);
  }
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  for (const auto& bugs : {memory_bugs(), order_bugs(), rule_bugs()})
    for (const Bug& bug : bugs) check_bug(bug);
  return close();
}
