// What the kernel tests share: a Run on the emulated device, and launchers beside the CPU's reference.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "native/cuda/run.h"
#include "native/emulation/launch.h"
#include "test/native/kernel_check.h"
#include "test/native/kernel_compare.h"

namespace gridstride::test {

// Scratch is exactly as large as asked for, so that a sanitizer sees a byte beyond it, and NaN in every float type.
class EmulatedDevice {
 public:
  cuda::Run& run() { return run_; }

 private:
  static void* scratch(void* owner, int64_t bytes) {
    auto& block = static_cast<EmulatedDevice*>(owner)->block_;
    block = std::vector<char>(static_cast<size_t>(bytes), static_cast<char>(0xff));
    return block.data();
  }
  std::vector<char> block_;
  cuda::Run run_{nullptr, &EmulatedDevice::scratch, this, 4};
};

inline cuda::Run& emulated_run() {
  static EmulatedDevice device;
  return device.run();
}

// The kernels' outputs against the reference's within `units` roundings of each (see check_close), and bit for bit the
// same in another order of threads and blocks. A broken rule of CUDA is a failed check.
inline void compare_with_cpu(const std::string& name, const Outputs& expected,
                             const std::function<Outputs(cuda::Run&)>& pass, const std::vector<double>& units) {
  try {
    emulation::set_seed(1);
    const Outputs first = pass(emulated_run());
    for (size_t i = 0; i < first.size(); ++i)
      check_close(first[i], expected[i], units[i], name + " output " + std::to_string(i));
    emulation::set_seed(2);
    const Outputs again = pass(emulated_run());
    for (size_t i = 0; i < first.size(); ++i) check_same_bits(again[i], first[i], name + " in another order");
  } catch (const emulation::EmulationError& error) {
    check(false, name + ": " + error.what());
  }
}
inline void compare_with_cpu(const std::string& name, const Outputs& expected,
                             const std::function<Outputs(cuda::Run&)>& pass, double units) {
  compare_with_cpu(name, expected, pass, std::vector<double>(expected.size(), units));
}

}  // namespace gridstride::test
