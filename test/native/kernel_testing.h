// What the kernel test programs share: a Run made by hand, arrays of any floating dtype, comparison and counting.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "kernels/common/dtype.h"
#include "kernels/common/half.h"
#include "native/cpu/isa.h"
#include "native/cpu/run.h"

namespace gridstride::testing {

// Counts checks and failures; prints the first few failures.
struct Report {
  int64_t checks = 0, failures = 0;

  void check(bool holds, const std::string& what) {
    ++checks;
    if (holds) return;
    if (++failures <= 20) std::printf("FAILED: %s\n", what.c_str());
  }
  int finish() const {
    std::printf("%lld checks, %lld failed\n", static_cast<long long>(checks), static_cast<long long>(failures));
    return failures > 0 || checks == 0;
  }
};

// A pool, an instruction set and a scratch block of exactly the bytes asked for, so that sanitizers see its ends.
class Machine {
 public:
  Machine(int threads, cpu::Isa isa) : pool_(threads), run_{pool_, isa, &Machine::scratch, this} {}
  cpu::Run& run() { return run_; }

 private:
  static void* scratch(void* owner, int64_t bytes) {
    auto* self = static_cast<Machine*>(owner);
    self->block_.reset(std::aligned_alloc(64, static_cast<size_t>((bytes + 63) / 64 * 64)));
    // NaN bytes: what a kernel reads before writing must not go unseen.
    for (int64_t i = 0; i < bytes; ++i) static_cast<unsigned char*>(self->block_.get())[i] = 0xff;
    return self->block_.get();
  }
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };

  cpu::Pool pool_;
  cpu::Run run_;
  std::unique_ptr<void, Free> block_;
};

// An array of one floating dtype, read and written as doubles.
class Array {
 public:
  Array(DType dtype, int64_t size)
      : dtype_(dtype), size_(size), bytes_(static_cast<size_t>(size * dtype_size(dtype))) {}

  void* data() { return bytes_.empty() ? nullptr : bytes_.data(); }
  int64_t size() const { return size_; }
  const std::vector<unsigned char>& bytes() const { return bytes_; }

  double operator[](int64_t i) const {
    switch (dtype_) {
      case DType::f64:
        return at<double>(i);
      case DType::bf16:
        return to_float(at<BFloat16>(i));
      case DType::f16:
        return to_float(at<Float16>(i));
      default:
        return at<float>(i);
    }
  }
  void set(int64_t i, double x) {
    switch (dtype_) {
      case DType::f64:
        return put<double>(i, x);
      case DType::bf16:
        return put<BFloat16>(i, x);
      case DType::f16:
        return put<Float16>(i, x);
      default:
        return put<float>(i, x);
    }
  }
  Array& fill(double x) {
    for (int64_t i = 0; i < size_; ++i) set(i, x);
    return *this;
  }
  // Uniform in [-scale, scale), the same for the same seed.
  Array& randomize(uint64_t seed, double scale = 1.0) {
    uint64_t state = seed * 2654435769u + 12345;
    for (int64_t i = 0; i < size_; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      set(i, (static_cast<double>(state >> 40) / 8388608.0 - 1.0) * scale);
    }
    return *this;
  }

 private:
  template <class T>
  T at(int64_t i) const {
    T x;
    memcpy(&x, bytes_.data() + static_cast<size_t>(i) * sizeof(T), sizeof(T));
    return x;
  }
  template <class T>
  void put(int64_t i, double value) {
    T x;
    round_to(value, &x);
    memcpy(bytes_.data() + static_cast<size_t>(i) * sizeof(T), &x, sizeof(T));
  }

  DType dtype_;
  int64_t size_;
  std::vector<unsigned char> bytes_;
};

inline const char* dtype_name(DType dtype) {
  constexpr const char* names[] = {"f32", "bf16", "f16", "f64"};
  return names[static_cast<int>(dtype)];
}

// Half a unit in the last place of 1.0, rounded up.
inline double rounding_of(DType dtype) {
  constexpr double unit[] = {6e-8, 3.91e-3, 4.89e-4, 1.2e-16};
  return unit[static_cast<int>(dtype)];
}

// Largest |got - want| in units of (absolute + relative |want|): at most 1 is a pass. NaN only where wanted.
inline double worst_error(const Array& got, const Array& want, double absolute, double relative) {
  double worst = 0;
  for (int64_t i = 0; i < want.size(); ++i) {
    if (got[i] == want[i] || (std::isnan(got[i]) && std::isnan(want[i]))) continue;
    const double error = std::fabs(got[i] - want[i]) / (absolute + relative * std::fabs(want[i]));
    if (!(error <= worst)) worst = std::isnan(error) ? 1e30 : error;
  }
  return worst;
}

// The optimised sets of this machine.
inline std::vector<cpu::Isa> optimised_isas() {
  std::vector<cpu::Isa> found;
  for (cpu::Isa isa : cpu::available_isas())
    if (isa != cpu::Isa::reference) found.push_back(isa);
  return found;
}

}  // namespace gridstride::testing
