// Appending to a paged cache on CUDA against the CPU's: vectors and single elements of every width, strided rows, slots
// that go nowhere; a slot out of range is reported, and the others are written.
#include "kernels/attention/cache_append.h"

#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void cache_append(const CacheAppendArgs& args, Run& run);
}
namespace cuda {
void cache_append(const CacheAppendArgs& args, Run& run);
}

namespace test {
namespace {

struct Case {
  std::vector<int32_t> slots;
  int64_t row, slot_count;
  int64_t gap = 0;    // elements between rows of k; v's lie side by side
  int64_t shift = 0;  // elements that k lies behind an aligned address
};

struct Arrays {
  Arrays(const Case& test, DType dtype)
      : c(test),
        k(dtype, static_cast<int64_t>(c.slots.size()) * (c.row + c.gap) + c.shift, 1, 9),
        v(dtype, static_cast<int64_t>(c.slots.size()) * c.row, 2, 9),
        caches{Buffer(dtype, c.slot_count * c.row, 3, 9), Buffer(dtype, c.slot_count * c.row, 4, 9)} {}

  CacheAppendArgs args() {
    CacheAppendArgs args{};
    args.k = static_cast<char*>(k.data()) + c.shift * dtype_size(k.dtype()), args.v = v.data();
    args.slots = c.slots.data();
    args.k_cache = caches[0].data(), args.v_cache = caches[1].data();
    args.tokens = static_cast<int64_t>(c.slots.size()), args.row = c.row, args.slot_count = c.slot_count;
    args.k_stride = c.row + c.gap, args.v_stride = c.row;
    args.dtype = k.dtype();
    return args;
  }

  Case c;
  Buffer k, v;
  Outputs caches;
};

void check_case(const Case& c, DType dtype) {
  const auto run_on = [&](auto launch, auto& run) {
    Arrays arrays(c, dtype);
    launch(arrays.args(), run);
    return arrays.caches;
  };
  compare_with_cpu(
      label("cache_append", cpu::Isa::reference, dtype, c.row, c.slot_count),
      run_on(cpu::cache_append, reference_run()), [&](cuda::Run& run) { return run_on(cuda::cache_append, run); }, 0);
}

void check_fault() {
  Case good{{3, 1}, 16, 4}, bad{{3, 4, 1}, 16, 4};
  Arrays want(good, DType::f32), got(bad, DType::f32);
  for (int64_t x = 0; x < 16; ++x) {
    want.k.set(16 + x, got.k.get(32 + x));
    want.v.set(16 + x, got.v.get(32 + x));
  }
  cpu::cache_append(want.args(), reference_run());
  cuda::Run& run = emulated_run();
  *run.faults.fault = {};
  cuda::cache_append(got.args(), run);
  const DeviceFault fault = *run.faults.fault;
  check(fault.reports == 1 && fault.value == 4 && fault.position == 1 && fault.limit == 4, "a slot past the last");
  *run.faults.fault = {};
  for (size_t i : {0u, 1u}) check_same_bits(got.caches[i], want.caches[i], "what a wrong slot leaves");
  std::string text;
  check(error_of([&] { cpu::cache_append(got.args(), reference_run()); }, &text) == ErrorCode::kData &&
            text == "cache_append: slots must lie in [-1, 4), got 4 at position 1",
        "on the CPU: " + text);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  const Case cases[] = {
      {{5, 0, 2}, 128, 7}, {{5, -1, 2, 6}, 64, 7, 64},  // of packed queries, keys and values
      {{1}, 16, 2, 0, 1},                               // misaligned
      {{3, 1, -1}, 5, 4},  {{0, 2}, 24, 3, 5},          // odd
      {{}, 16, 2},         {{0}, 0, 2},
  };
  for (const Case& c : cases)
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::i64, DType::u8}) check_case(c, dtype);
  check_fault();
  return close();
}
