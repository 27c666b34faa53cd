// Rotary embedding: every path against the reference, both kinds of pairs, and back again by the inverse.
#include "kernels/embedding/rope.h"

#include "test/native/kernel_compare.h"

namespace gridstride::cpu {
void rope(const RopeArgs& args, Run& run);
}

namespace gridstride::test {
namespace {

constexpr int64_t kTokens = 9, kHeads = 3;

struct Rotation {
  int64_t size, pairs;
  int32_t interleaved;
};

struct Inputs {
  explicit Inputs(const Rotation& r, DType dtype)
      : x(dtype, kTokens * (kHeads * r.size + 5), 1), positions(DType::i64, kTokens), frequencies(DType::f32, r.pairs) {
    for (int64_t t = 0; t < kTokens; ++t) positions.set(t, static_cast<double>(t * t * 1700));
    for (int64_t k = 0; k < r.pairs; ++k) frequencies.set(k, std::pow(10000.0, -static_cast<double>(k) / 8));
  }
  // `x` null: this one's, its tokens five elements apart.
  RopeArgs args(const Rotation& r, Buffer* y, Buffer* from, float factor, int32_t inverse) {
    Buffer& source = from ? *from : x;
    return {source.data(), positions.data(), frequencies.as<float>(),
            y->data(),     kTokens,          kHeads,
            r.size,        r.pairs,          kHeads * r.size + (from ? 0 : 5),
            r.size,        factor,           r.interleaved,
            inverse,       source.dtype(),   DType::i64};
  }
  Buffer x, positions, frequencies;
};

void check_rotation(const Rotation& r, DType dtype) {
  Inputs in(r, dtype);
  const std::string name = label("rope", cpu::Isa::reference, dtype, r.size, r.pairs);
  const Pass pass = [&](cpu::Run& run) {
    Outputs out = {Buffer(dtype, kTokens * kHeads * r.size), Buffer(dtype, kTokens * kHeads * r.size)};
    cpu::rope(in.args(r, &out[0], nullptr, 1.5f, 0), run);
    cpu::rope(in.args(r, &out[1], &out[0], 1 / 1.5f, 1), run);
    return out;
  };
  compare_with_reference(name, pass, 12);
  const Outputs out = pass(reference_run());
  Buffer dense(dtype, kTokens * kHeads * r.size);
  for (int64_t i = 0; i < dense.count(); ++i) dense.set(i, in.x.get(i + i / (kHeads * r.size) * 5));
  check(r.pairs == 0 || out[0].bytes() != dense.bytes(), name + " turns");
  if (dtype == DType::f64) check(worst_error(out[1], dense, 1) < 1e-6, name + " and back");
  if (dtype != DType::f64) return;
  Buffer dy(dtype, dense.count(), 7), dx(dtype, dense.count()), y(dtype, dense.count());
  cpu::rope(in.args(r, &dx, &dy, 1.5f, 1), reference_run());
  check_gradient(name, dense, dx, [&] {
    cpu::rope(in.args(r, &y, &dense, 1.5f, 0), reference_run());
    return weighted_sum(y, dy);
  });
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::f64})
    for (const int32_t interleaved : {0, 1})
      for (const Rotation& r : {Rotation{64, 32, 0}, {10, 5, 0}, {40, 11, 0}, {6, 0, 0}})
        check_rotation({r.size, r.pairs, interleaved}, dtype);
  return close();
}
