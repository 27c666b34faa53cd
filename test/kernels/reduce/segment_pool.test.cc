// The pooling kernels against the reference: every kind, empty segments, rows that belong to none, wrong bounds.
#include "kernels/reduce/segment_pool.h"

#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void segment_pool_forward(const SegmentPoolForwardArgs& args, Run& run);
void segment_pool_backward(const SegmentPoolBackwardArgs& args, Run& run);
}  // namespace cpu
namespace cuda {
void segment_pool_forward(const SegmentPoolForwardArgs& args, Run& run);
void segment_pool_backward(const SegmentPoolBackwardArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

void check_case(PoolKind kind, DType dtype, const std::vector<int32_t>& bounds, int64_t rows, int64_t channels) {
  const auto segments = static_cast<int64_t>(bounds.size()) - 1;
  const bool max = kind == PoolKind::max;
  Buffer x(dtype, rows * channels, 1), dy(dtype, segments * channels, 2);
  for (int64_t i = 0; i < x.count(); ++i) x.set(i, i % 53 == 9 ? std::nan("") : std::round(x.get(i) * 4));
  const std::string name =
      label("segment_pool", cpu::Isa::reference, dtype, rows, channels) + " " + std::to_string(static_cast<int>(kind));
  const auto forward = [&](auto launch, auto& run) {
    Outputs out = {Buffer(dtype, segments * channels), Buffer(DType::i32, max ? segments * channels : 0)};
    launch({x.data(), bounds.data(), out[0].data(), max ? out[1].as<int32_t>() : nullptr, rows, segments, channels,
            kind, dtype},
           run);
    return out;
  };
  Outputs expected = forward(cpu::segment_pool_forward, reference_run());
  compare_with_cpu(
      name, expected, [&](cuda::Run& run) { return forward(cuda::segment_pool_forward, run); }, 8);
  const auto backward = [&](auto launch, auto& run) {
    Outputs out = {Buffer(dtype, rows * channels)};
    launch({dy.data(), bounds.data(), max ? expected[1].as<int32_t>() : nullptr, out[0].data(), rows, segments,
            channels, kind, dtype},
           run);
    return out;
  };
  compare_with_cpu(
      name + " backward", backward(cpu::segment_pool_backward, reference_run()),
      [&](cuda::Run& run) { return backward(cuda::segment_pool_backward, run); }, 4);
}

// Bounds outside the rows, or falling, are reported, and read and write nothing else.
void wrong_bounds() {
  const std::vector<int32_t> bounds = {-5, 2, 1, 900};
  Buffer x(DType::f32, 4 * 3, 1), y(DType::f32, 3 * 3), dx(DType::f32, 4 * 3), arg_max(DType::i32, 3 * 3);
  for (const PoolKind kind : {PoolKind::mean, PoolKind::max, PoolKind::first, PoolKind::last}) {
    DeviceFault& fault = *emulated_run().faults.fault;
    fault = {};
    cuda::segment_pool_forward({x.data(), bounds.data(), y.data(), arg_max.as<int32_t>(), 4, 3, 3, kind, DType::f32},
                               emulated_run());
    check(fault.reports == 3 && fault.kind >= FaultKind::segment_order && fault.kind <= FaultKind::segment_end,
          "segments of wrong bounds are reported");
    fault = {};
    check(y.get(3) == 0 && (kind != PoolKind::first || y.get(6) == x.get(3)), "a segment of wrong bounds is empty");
    cuda::segment_pool_backward({y.data(), bounds.data(), arg_max.as<int32_t>(), dx.data(), 4, 3, 3, kind, DType::f32},
                                emulated_run());
  }
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  for (const PoolKind kind : {PoolKind::mean, PoolKind::max, PoolKind::first, PoolKind::last}) {
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) {
      for (const int64_t channels : {1, 8, 31, 264}) {
        check_case(kind, dtype, {0, 5, 5, 6, 40}, 43, channels);
        check_case(kind, dtype, {2, 9}, 12, channels);
      }
    }
    check_case(kind, DType::f32, {0, 0}, 0, 4);
    check_case(kind, DType::f32, {0}, 3, 4);
  }
  wrong_bounds();
  return close();
}
