// What a memory-bound pass moves, against what it must: inputs and outputs once.
#pragma once

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "native/emulation/launch.h"
#include "native/emulation/traffic/traffic.h"
#include "test/kernels/emulated_run.h"

namespace gridstride::test {

constexpr int64_t kRows = 128;

// Tensors as the device's allocator gives them: they begin at multiples of 256 bytes. Zeros.
class Memory {
 public:
  // `bytes` that the pass must move.
  void* take(int64_t bytes) {
    necessary_ += bytes;
    return spare(bytes);
  }
  template <class T>
  T* take_as(int64_t count) {
    return static_cast<T*>(take(count * static_cast<int64_t>(sizeof(T))));
  }
  void* spare(int64_t bytes) {
    const auto size = static_cast<size_t>(bytes + 255) / 256 * 256;
    blocks_.emplace_back(static_cast<char*>(::operator new[](size, std::align_val_t{256})));
    memset(blocks_.back().get(), 0, size);
    return blocks_.back().get();
  }
  int64_t necessary() const { return necessary_; }

 private:
  struct Free {
    void operator()(char* p) const { ::operator delete[](p, std::align_val_t{256}); }
  };
  std::vector<std::unique_ptr<char[], Free>> blocks_;
  int64_t necessary_ = 0;
};

template <class Pass>
int64_t moved_by(Pass&& pass) {
  Memory memory;
  cuda::Run run = emulated_run();
  run.scratch = [](void* owner, int64_t bytes) { return static_cast<Memory*>(owner)->spare(bytes); };
  run.scratch_owner = &memory;
  emulation::count_traffic(true);
  pass(run);
  int64_t moved = 0;
  for (const emulation::Traffic& launch : emulation::traffic()) moved += launch.bytes_moved;
  emulation::count_traffic(false);
  return moved;
}

inline void expect_ratio(const std::string& name, double moved, double necessary, double most) {
  std::printf("%-44s %.3f of the necessary bytes\n", name.c_str(), moved / necessary);
  check(moved >= 0.99 * necessary, name + " must move all there is");
  check(moved <= most * necessary, name + " moves " + std::to_string(moved / necessary) + " of the necessary bytes");
}

template <class Pass>
void expect_moved(const std::string& name, const Memory& memory, Pass&& pass, double most = 1.05) {
  expect_ratio(name, static_cast<double>(moved_by(pass)), static_cast<double>(memory.necessary()), most);
}

inline std::string named(const char* pass, DType dtype, int64_t columns) {
  return std::string(pass) + " " + dtype_name(dtype) + " " + std::to_string(columns);
}

// Only the race build sees all accesses: the others say so, and `body` does not run.
template <class Body>
int main_of_race_build(Body&& body) {
  if (emulation::variant() != emulation::Variant::race) {
    std::printf("skipped: only the race build sees all accesses\n");
    return 0;
  }
  body();
  return close();
}

}  // namespace gridstride::test
