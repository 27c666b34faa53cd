// Dropout and random fills: the same numbers from every instruction set, their distribution, and the state.
#include "kernels/random/dropout.h"
#include "kernels/random/normal.h"
#include "kernels/random/random_state.h"
#include "kernels/random/uniform.h"
#include "test/native/kernel_compare.h"

namespace gridstride::cpu {
void dropout(const DropoutArgs& args, Run& run);
void uniform(const UniformArgs& args, Run& run);
void normal(const NormalArgs& args, Run& run);
void random_state_set(const RandomStateSetArgs& args, Run& run);
void random_state_advance(const RandomStateAdvanceArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::test {
namespace {

// Known answers of the generator's authors: counter and key of zeros, and of ones where the counter's upper half is 0.
void philox_is_philox() {
  const Philox4 zeros = philox(0, 0);
  check(zeros.word[0] == 0x6627e8d5u && zeros.word[1] == 0xe169c58du && zeros.word[2] == 0xbc57ac4cu &&
            zeros.word[3] == 0x9b00dbd8u,
        "philox of zeros");
}

void dropout_cases() {
  // The base offset crosses 2^32, where the counter's upper word changes within one vector.
  int64_t state[2] = {-77, (int64_t{1} << 32) - 5};
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::f64}) {
    for (const int64_t count : {0, 1, 3, 63, 64, 65, 40001}) {
      for (const double p : {0.0, 0.1, 0.5, 0.999, 1.0}) {
        Buffer x(dtype, count, 1, 1, 2);
        compare_with_reference(
            label("dropout", cpu::Isa::reference, dtype, count, static_cast<int64_t>(p * 1000)),
            [&](cpu::Run& run) {
              Outputs out = {Buffer(dtype, count)};
              cpu::dropout({x.data(), out[0].data(), {state, 2}, count, p, dtype}, run);
              return out;
            },
            p == 0.999 ? 1000 : 2.1);
      }
    }
  }
}

void dropout_rate() {
  constexpr int64_t kCount = 400000;
  int64_t state[2] = {5, 0};
  Buffer x(DType::f32, std::vector<double>(kCount, 1.0)), y(DType::f32, kCount), next(DType::f32, kCount);
  cpu::Run& run = machine_with(2).with(cpu::best_isa());
  cpu::dropout({x.data(), y.data(), {state, 0}, kCount, 0.1, DType::f32}, run);
  int64_t dropped = 0;
  double mean = 0;
  for (int64_t i = 0; i < kCount; ++i) {
    dropped += y.get(i) == 0;
    mean += y.get(i) / kCount;
  }
  check(std::abs(static_cast<double>(dropped) / kCount - 0.1) < 0.003, "dropout drops a tenth");
  check(std::abs(mean - 1) < 0.004, "dropout keeps the mean");
  cpu::random_state_advance({state, kCount / 4}, run);
  cpu::dropout({x.data(), next.data(), {state, 0}, kCount, 0.1, DType::f32}, run);
  check(next.bytes() != y.bytes(), "an advanced state gives another mask");
  cpu::random_state_set({state, 5, 0}, run);
  cpu::dropout({x.data(), next.data(), {state, kCount / 4}, kCount, 0.1, DType::f32}, run);
  check(next.bytes() != y.bytes(), "a later stream of the step gives another mask");
  cpu::dropout({x.data(), next.data(), {state, 0}, kCount, 0.1, DType::f32}, run);
  check_same_bits(next, y, "the state set again gives the same mask");
}

void fills() {
  constexpr int64_t kCount = 200001;
  int64_t state[2] = {11, 3};
  for (const DType dtype : {DType::f32, DType::bf16, DType::f64}) {
    const Pass both = [&](cpu::Run& run) {
      Outputs out = {Buffer(dtype, kCount), Buffer(dtype, kCount)};
      cpu::uniform({out[0].data(), {state, 0}, kCount, -1, 3, dtype}, run);
      cpu::normal({out[1].data(), {state, 0}, kCount, 2, 0.5, dtype}, run);
      return out;
    };
    compare_with_reference("uniform and normal", both, 0);
    const Outputs out = both(reference_run());
    double mean[2] = {}, square[2] = {};
    bool inside = true;
    for (int64_t i = 0; i < kCount; ++i) {
      for (int k = 0; k < 2; ++k) {
        mean[k] += out[static_cast<size_t>(k)].get(i) / kCount;
        square[k] += out[static_cast<size_t>(k)].get(i) * out[static_cast<size_t>(k)].get(i) / kCount;
      }
      inside &= out[0].get(i) >= -1 && out[0].get(i) <= 3;
    }
    check(inside, "uniform stays inside");
    check(std::abs(mean[0] - 1) < 0.02 && std::abs(square[0] - mean[0] * mean[0] - 16.0 / 12) < 0.02,
          "uniform moments");
    check(std::abs(mean[1] - 2) < 0.01 && std::abs(square[1] - mean[1] * mean[1] - 0.25) < 0.01, "normal moments");
  }
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  philox_is_philox();
  dropout_cases();
  dropout_rate();
  fills();
  return close();
}
