// A kernel test is a function from a Run to outputs: it is run by the reference and by every instruction set on pools
// of 1, 2 and 4 threads, must agree with the reference within tolerance and with itself bit for bit; and its backward
// pass is compared with finite differences in f64.
#pragma once

#include <functional>

#include "test/native/kernel_check.h"

namespace gridstride::test {

using Outputs = std::vector<Buffer>;
using Pass = std::function<Outputs(cpu::Run&)>;

inline Machine& machine_with(int threads) {
  static Machine one(cpu::Isa::reference, 1), two(cpu::Isa::reference, 2), four(cpu::Isa::reference, 4);
  return threads == 1 ? one : threads == 2 ? two : four;
}

// A run of its own, so that a pass under test may ask the reference for what it needs.
inline cpu::Run& reference_run() {
  static Machine machine(cpu::Isa::reference, 1);
  return machine.run();
}

// `units`: allowed error in roundings of each output's dtype, relative to 1 + |expected|.
inline void compare_with_reference(const std::string& name, const Pass& pass, double units) {
  const Outputs expected = pass(reference_run());
  for (const cpu::Isa isa : cpu::available_isas()) {
    const Outputs first = pass(machine_with(1).with(isa));
    for (size_t i = 0; i < first.size(); ++i)
      check_close(first[i], expected[i], units, name + " " + cpu::isa_name(isa) + " output " + std::to_string(i));
    for (const int threads : {2, 4}) {
      const Outputs again = pass(machine_with(threads).with(isa));
      for (size_t i = 0; i < first.size(); ++i)
        check_same_bits(again[i], first[i], name + " " + cpu::isa_name(isa) + " with " + std::to_string(threads));
    }
  }
}

// Central differences of loss() by every element of x (f64) against dx.
inline void check_gradient(const std::string& name, Buffer& x, const Buffer& dx, const std::function<double()>& loss,
                           double tolerance = 1e-6) {
  double worst = 0;
  for (int64_t i = 0; i < x.count(); ++i) {
    constexpr double kStep = 1e-5;
    const double value = x.get(i);
    x.set(i, value + kStep);
    const double above = loss();
    x.set(i, value - kStep);
    const double below = loss();
    x.set(i, value);
    const double error = std::abs((above - below) / (2 * kStep) - dx.get(i)) / (1 + std::abs(dx.get(i)));
    worst = error <= worst ? worst : error;
  }
  check(worst <= tolerance, name + ": gradient off by " + std::to_string(worst));
}

// The scalar whose gradient by `y` is `dy`.
inline double weighted_sum(const Buffer& y, const Buffer& dy) {
  double total = 0;
  for (int64_t i = 0; i < y.count(); ++i) total += y.get(i) * dy.get(i);
  return total;
}

}  // namespace gridstride::test
