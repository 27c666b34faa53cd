// What the kernel tests share: a Run on a pool of its own, tensors of any floating dtype filled from a fixed sequence,
// and comparison by tolerance or by bits.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "kernels/common/dtype.h"
#include "kernels/common/half.h"
#include "native/core/tensor.h"
#include "native/cpu/gemm/micro_kernel.h"
#include "native/cpu/run.h"
#include "test/native/check.h"

namespace gridstride::test {

// The comparison that came closest to its bound, or went farthest past it.
struct Worst {
  double share = 0;  // of what is allowed
  std::string name;
};
inline Worst worst_comparison;
inline std::mutex worst_mutex;

inline void note_comparison(double error, double bound, const std::string& name) {
  const double share = error == 0 ? 0 : error / bound;
  const std::lock_guard lock(worst_mutex);
  if (share > worst_comparison.share) worst_comparison = {share, name};
}

// A pool, a scratch block and an instruction set.
class Machine {
 public:
  Machine(cpu::Isa isa, int threads) : Machine(cpu::InstructionSet{isa}, threads) {}
  Machine(const cpu::InstructionSet& set, int threads)
      : pool_(threads), run_{pool_, set.isa, &Machine::scratch, this, set.dot, set.is_plain} {}
  cpu::Run& run() { return run_; }
  cpu::Run& with(cpu::Isa isa) {
    run_.isa = isa;
    return run_;
  }

 private:
  static void* scratch(void* owner, int64_t bytes) {
    auto& block = static_cast<Machine*>(owner)->block_;
    block.assign(static_cast<size_t>(bytes) + 64, static_cast<char>(0xff));  // poisoned: NaN in every float type
    return block.data() + (64 - reinterpret_cast<uintptr_t>(block.data()) % 64) % 64;
  }
  cpu::Pool pool_;
  cpu::Run run_;
  std::vector<char> block_;
};

inline std::vector<cpu::Isa> optimised_isas() {
  auto isas = cpu::available_isas();
  isas.erase(isas.begin());
  return isas;
}

// The optimised sets and, beside them, all that have products of bf16 of their own, the twins of those this machine
// lacks among them.
inline std::vector<cpu::InstructionSet> product_sets() {
  std::vector<cpu::InstructionSet> sets;
  for (const cpu::Isa isa : optimised_isas()) sets.push_back({isa});
  std::vector<const cpu::MicroKernel*> seen;
  const auto add = [&](const cpu::InstructionSet& set) {
    const cpu::MicroKernel* kernel = cpu::bf16_kernel(set.dot, set.is_plain);
    if (!kernel || std::find(seen.begin(), seen.end(), kernel) != seen.end()) return;
    seen.push_back(kernel);
    sets.push_back(set);
  };
  for (const cpu::InstructionSet& set : cpu::available_sets()) add(set);
  for (const cpu::InstructionSet& set : cpu::plain_sets()) add(set);
  return sets;
}

// Numbers in [-1, 1) from a fixed sequence.
class Sequence {
 public:
  explicit Sequence(uint64_t seed) : state_(seed * 2654435761u + 88172645463325252ull) {}
  uint64_t bits() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  double next() { return static_cast<double>(bits() >> 11) * 0x1p-52 - 1.0; }
  int64_t below(int64_t n) { return static_cast<int64_t>(bits() >> 1) % n; }

 private:
  uint64_t state_;
};

// Bytes of a floating tensor with access by double.
class Buffer {
 public:
  Buffer(DType dtype, int64_t count)
      : dtype_(dtype), count_(count), bytes_(static_cast<size_t>(count * dtype_size(dtype)), static_cast<char>(0xff)) {}
  Buffer(DType dtype, int64_t count, uint64_t seed, double scale = 1.0, double shift = 0.0) : Buffer(dtype, count) {
    Sequence sequence(seed);
    for (int64_t i = 0; i < count; ++i) set(i, sequence.next() * scale + shift);
  }
  Buffer(DType dtype, const std::vector<double>& values) : Buffer(dtype, static_cast<int64_t>(values.size())) {
    for (int64_t i = 0; i < count_; ++i) set(i, values[static_cast<size_t>(i)]);
  }

  void* data() { return bytes_.data(); }
  template <class T>
  T* as() {
    return reinterpret_cast<T*>(bytes_.data());
  }
  int64_t count() const { return count_; }
  DType dtype() const { return dtype_; }
  const std::vector<char>& bytes() const { return bytes_; }

  double get(int64_t i) const {
    const char* p = bytes_.data() + i * dtype_size(dtype_);
    switch (dtype_) {
      case DType::f32:
        return *reinterpret_cast<const float*>(p);
      case DType::f64:
        return *reinterpret_cast<const double*>(p);
      case DType::bf16:
        return to_float(*reinterpret_cast<const BFloat16*>(p));
      case DType::f16:
        return to_float(*reinterpret_cast<const Float16*>(p));
      case DType::i64:
        return static_cast<double>(*reinterpret_cast<const int64_t*>(p));
      case DType::i32:
        return *reinterpret_cast<const int32_t*>(p);
      default:
        return *reinterpret_cast<const uint8_t*>(p);
    }
  }
  void set(int64_t i, double x) {
    char* p = bytes_.data() + i * dtype_size(dtype_);
    switch (dtype_) {
      case DType::f32:
        return round_to(x, reinterpret_cast<float*>(p));
      case DType::f64:
        return round_to(x, reinterpret_cast<double*>(p));
      case DType::bf16:
        return round_to(x, reinterpret_cast<BFloat16*>(p));
      case DType::f16:
        return round_to(x, reinterpret_cast<Float16*>(p));
      case DType::i64:
        *reinterpret_cast<int64_t*>(p) = static_cast<int64_t>(x);
        return;
      case DType::i32:
        *reinterpret_cast<int32_t*>(p) = static_cast<int32_t>(x);
        return;
      default:
        *reinterpret_cast<uint8_t*>(p) = static_cast<uint8_t>(x);
        return;
    }
  }

 private:
  DType dtype_;
  int64_t count_;
  std::vector<char> bytes_;
};

// Half a unit in the last place of a dtype, relative.
inline double epsilon_of(DType dtype) {
  return dtype == DType::bf16 ? 0x1p-8 : dtype == DType::f16 ? 0x1p-11 : dtype == DType::f32 ? 0x1p-24 : 0x1p-53;
}

// Worst |a - b| / (absolute + |b|): NaN matches NaN, equal infinities match.
inline double worst_error(const Buffer& a, const Buffer& b, double absolute) {
  double worst = a.count() == b.count() ? 0 : 1e30;
  for (int64_t i = 0; i < a.count() && i < b.count(); ++i) {
    const double x = a.get(i), y = b.get(i);
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    const double error = std::abs(x - y) / (absolute + std::abs(y));
    worst = !(error <= worst) ? (std::isnan(error) ? 1e30 : error) : worst;
  }
  return worst;
}

// Within `units` roundings of the dtype, relative to 1 + |expected|.
inline void check_close(const Buffer& actual, const Buffer& expected, double units, const std::string& name) {
  const double worst = worst_error(actual, expected, 1.0);
  const double bound = units * epsilon_of(actual.dtype());
  note_comparison(worst, bound, name);
  check(worst <= bound, name + ": error " + std::to_string(worst) + " over " + std::to_string(bound));
}
inline void check_same_bits(const Buffer& a, const Buffer& b, const std::string& name) {
  check(a.bytes() == b.bytes(), name + ": bits differ");
}

inline std::string label(const char* op, cpu::Isa isa, DType dtype, int64_t a = 0, int64_t b = 0) {
  return std::string(op) + " " + cpu::isa_name(isa) + " " + dtype_name(dtype) + " (" + std::to_string(a) + ", " +
         std::to_string(b) + ")";
}

}  // namespace gridstride::test
