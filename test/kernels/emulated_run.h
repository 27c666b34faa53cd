// What the kernel tests share: a Run on the device (the emulation's, or a GPU in gpu_tests), and launchers beside the
// CPU's reference.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "native/cuda/run.h"
#include "test/native/kernel_check.h"
#include "test/native/kernel_compare.h"

#ifdef GRIDSTRIDE_EMULATION
#include "native/emulation/launch.h"
#endif

namespace gridstride::test {

#ifdef GRIDSTRIDE_EMULATION
using DeviceFailure = emulation::EmulationError;
inline void set_order(uint64_t seed) { emulation::set_seed(seed); }
// Results of two orders are compared by the build that finds bugs by their results alone: it is the fastest.
inline bool compares_orders() { return emulation::variant() == emulation::Variant::fast; }
#else
using DeviceFailure = Error;
inline void set_order(uint64_t) {}  // a GPU's order is its own
inline bool compares_orders() { return true; }
#endif

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
  DeviceFault fault_{};
  cuda::Run run_{nullptr, 4, &EmulatedDevice::scratch, this, {&fault_, 0}};
};

// Allocated: the kernels write its fault.
inline cuda::Run& emulated_run() {
  static const auto device = std::make_unique<EmulatedDevice>();
  return device->run();
}

// The kernels' outputs against the reference's within `units` roundings of each (see check_close), and bit for bit the
// same in another order of threads and blocks (see compares_orders). A broken rule of CUDA is a failed check.
inline void compare_with_cpu(const std::string& name, const Outputs& expected,
                             const std::function<Outputs(cuda::Run&)>& pass, const std::vector<double>& units) {
  try {
    set_order(1);
    const Outputs first = pass(emulated_run());
    for (size_t i = 0; i < first.size(); ++i)
      check_close(first[i], expected[i], units[i], name + " output " + std::to_string(i));
    if (!compares_orders()) return;
    set_order(2);
    const Outputs again = pass(emulated_run());
    for (size_t i = 0; i < first.size(); ++i) check_same_bits(again[i], first[i], name + " in another order");
  } catch (const DeviceFailure& error) {
    check(false, name + ": " + error.what());
  }
}
inline void compare_with_cpu(const std::string& name, const Outputs& expected,
                             const std::function<Outputs(cuda::Run&)>& pass, double units) {
  compare_with_cpu(name, expected, pass, std::vector<double>(expected.size(), units));
}

}  // namespace gridstride::test
