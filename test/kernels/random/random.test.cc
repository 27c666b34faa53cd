// Dropout and random fills against the CPU's: the same words for every element, tails, unaligned tensors, in place.
#include "kernels/random/dropout.h"
#include "kernels/random/normal.h"
#include "kernels/random/uniform.h"
#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void dropout(const DropoutArgs& args, Run& run);
void uniform(const UniformArgs& args, Run& run);
void normal(const NormalArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void dropout(const DropoutArgs& args, Run& run);
void uniform(const UniformArgs& args, Run& run);
void normal(const NormalArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

// The base offset crosses 2^32, where the counter's upper word changes.
RandomStream stream_at(int64_t delta) {
  static const std::vector<int64_t> state = {-77, (int64_t{1} << 32) - 5};
  return {state.data(), delta};
}

char* behind(Buffer& buffer, int64_t elements) {
  return static_cast<char*>(buffer.data()) + elements * dtype_size(buffer.dtype());
}

// fill(y, run): y begins `shift` elements behind an aligned address.
template <class Cpu, class Cuda>
void compare(const std::string& name, DType dtype, int64_t count, int64_t shift, const Cpu& on_cpu, const Cuda& on_cuda,
             double units) {
  Outputs expected = {Buffer(dtype, count + shift)};
  on_cpu(behind(expected[0], shift));
  const auto pass = [&](cuda::Run& run) {
    Outputs out = {Buffer(dtype, count + shift)};
    on_cuda(behind(out[0], shift), run);
    return out;
  };
  compare_with_cpu(name, expected, pass, units);
  if (units == 0) check_same_bits(pass(emulated_run())[0], expected[0], name + " is the CPU's");
}

void check_case(DType dtype, int64_t count, int64_t shift) {
  const std::string name = label("random", cpu::Isa::reference, dtype, count, shift);
  for (const double p : {0.0, 0.1, 0.5, 1.0}) {
    Buffer x(dtype, count + shift, 1, 1, 2);
    if (count > 2) x.set(shift + 2, INFINITY);
    DropoutArgs args{behind(x, shift), nullptr, stream_at(2), count, p, dtype};
    compare(
        name + " dropout " + std::to_string(p), dtype, count, shift,
        [&](void* y) {
          args.y = y;
          cpu::dropout(args, reference_run());
        },
        [&](void* y, cuda::Run& run) {
          args.y = y;
          cuda::dropout(args, run);
        },
        2.1);
  }
  UniformArgs uniform{nullptr, stream_at(3), count, -2.5, 7.25, dtype};
  compare(
      name + " uniform", dtype, count, shift,
      [&](void* y) {
        uniform.y = y;
        cpu::uniform(uniform, reference_run());
      },
      [&](void* y, cuda::Run& run) {
        uniform.y = y;
        cuda::uniform(uniform, run);
      },
      0);
  NormalArgs normal{nullptr, stream_at(4), count, 0.5, 0.02, dtype};
  compare(
      name + " normal", dtype, count, shift,
      [&](void* y) {
        normal.y = y;
        cpu::normal(normal, reference_run());
      },
      [&](void* y, cuda::Run& run) {
        normal.y = y;
        cuda::normal(normal, run);
      },
      0);
}

void in_place() {
  Buffer x(DType::bf16, 77, 1, 1, 2), expected(DType::bf16, 77);
  cpu::dropout({x.data(), expected.data(), stream_at(0), 77, 0.3, DType::bf16}, reference_run());
  const auto pass = [&](cuda::Run& run) {
    Outputs out = {x};
    cuda::dropout({out[0].data(), out[0].data(), stream_at(0), 77, 0.3, DType::bf16}, run);
    return out;
  };
  compare_with_cpu("dropout in place", {expected}, pass, 2.1);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16})
    for (const int64_t count : {0, 1, 3, 63, 64, 65, 4099})
      for (const int64_t shift : {0, 1}) check_case(dtype, count, shift);
  in_place();
  return close();
}
