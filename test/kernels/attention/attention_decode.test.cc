// Attention over a paged cache on CUDA against the double-precision reference: vectors and single elements, all widths,
// few and many rows, one split and several, windows, odd pages; the same bits alone and beside others; faults.
#include "test/kernels/emulated_run.h"
#include "test/native/decode_case.h"

namespace gridstride {
namespace cuda {
void attention_decode(const AttentionDecodeArgs& args, Run& run);
}

namespace test {
namespace {

void check_case(const DecodeCase& c) {
  const auto run_on = [&](auto launch, auto& run) {
    DecodeArrays arrays(c);
    launch(arrays.args(), run);
    return Outputs{arrays.o};
  };
  compare_with_cpu(
      c.name(), run_on(cpu::attention_decode, reference_run()),
      [&](cuda::Run& run) { return run_on(cuda::attention_decode, run); },
      c.dtype == DType::f32 ? 24 * std::max(1.0, c.spread * c.spread / 8) : 2);
}

void check_alone(const DecodeCase& c) {
  DecodeArrays all(c), alone = second_alone(all);
  cuda::attention_decode(all.args(), emulated_run());
  cuda::attention_decode(alone.args(), emulated_run());
  check(all.rows_of(1) == alone.rows_of(0), c.name() + ": the same bits alone");
}

// What a length or page out of range hides counts as unseen, and is reported once.
void check_fault(const std::string& name, FaultKind kind, int64_t value, int64_t position, int64_t limit,
                 const std::function<void(DecodeArrays&)>& break_it) {
  DecodeArrays arrays({.sq = {1}, .kv = {20}, .buckets = 5});
  break_it(arrays);
  cuda::Run& run = emulated_run();
  *run.faults.fault = {};
  cuda::attention_decode(arrays.args(), run);
  const DeviceFault fault = *run.faults.fault;
  check(fault.reports > 0 && fault.kind == kind && fault.value == value && fault.position == position &&
            fault.limit == limit,
        name + " is reported");
  for (int64_t i = 0; i < arrays.o.count(); ++i) check(std::isfinite(arrays.o.get(i)), name + ": numbers");
  *run.faults.fault = {};
}

// NaN in a key reaches the queries that see it, and no other.
void check_poison() {
  DecodeArrays arrays({.sq = {3}, .kv = {40}, .heads = 4, .kv_heads = 2});
  arrays.k_cache.set(arrays.at(0, 38, 1, 5), NAN);
  cuda::attention_decode(arrays.args(), emulated_run());
  for (int64_t i = 0; i < arrays.o.count(); ++i) {
    const int64_t row = i / arrays.c.head_size, query = row / 4, head = row % 4;
    check(std::isnan(arrays.o.get(i)) == (query >= 1 && head >= 2), "NaN stays where it is seen");
  }
}

void check_dtype(DType dtype) {
  const auto with = [&](DecodeCase c) {
    c.dtype = dtype;
    check_case(c);
  };
  with({.sq = {1, 1, 1}, .kv = {70, 0, 1}, .padding = 3});
  with({.sq = {1}, .kv = {300}, .heads = 2, .kv_heads = 1, .head_size = 64});
  with({.sq = {1, 2}, .kv = {260, 33}, .heads = 8, .kv_heads = 1, .head_size = 104, .page_size = 3});
  with({.sq = {3, 0}, .kv = {45, 9}, .heads = 8, .kv_heads = 2, .head_size = 72, .window = 12});    // in two chunks
  with({.sq = {2, 3}, .kv = {45, 300}, .heads = 8, .kv_heads = 1, .head_size = 64, .buckets = 7});  // sixteen rows
  with({.sq = {9}, .kv = {33}, .heads = 1, .kv_heads = 1, .head_size = 128, .buckets = 7, .is_shared = true});
  with({.sq = {2, 1}, .kv = {30, 9}, .padding = 2, .buckets = 7, .bias_dtype = dtype});
  with({.sq = {1}, .kv = {64}, .heads = 1, .kv_heads = 1, .head_size = 256});
  with({.sq = {2}, .kv = {34}, .heads = 4, .kv_heads = 1, .head_size = 136, .page_size = 32});
  with({.sq = {2, 1}, .kv = {40, 5}, .heads = 3, .kv_heads = 3, .head_size = 33, .page_size = 7});  // single elements
  with({.sq = {5}, .kv = {262}, .heads = 1, .kv_heads = 1, .head_size = 16, .shift = 1});           // misaligned
}

void check_all() {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) check_dtype(dtype);
  check_case({.sq = {1}, .kv = {16400}, .heads = 1, .kv_heads = 1, .head_size = 4, .page_size = 64});  // splits of 512
  check_case({.sq = {2}, .kv = {520}, .heads = 1, .kv_heads = 1, .head_size = 8, .window = 300});
  check_case({.sq = {4}, .kv = {2}, .spread = 6});  // queries before the first key
  check_case({.sq = {}, .kv = {}, .padding = 3});
  check_alone({.sq = {1, 2, 1}, .kv = {700, 290, 30}, .heads = 4, .kv_heads = 2, .padding = 1});
  check_alone({.sq = {1, 1}, .kv = {16, 600}, .heads = 2, .kv_heads = 1, .head_size = 8, .window = 320});
  check_alone({.sq = {9, 1},
               .kv = {60, 600},
               .heads = 2,
               .kv_heads = 1,
               .dtype = DType::bf16,
               .buckets = 7,
               .is_shared = true});  // by sixteen rows, and by four
  check_poison();
  check_fault("a length past the pages", FaultKind::index, 49, 0, 49,
              [](DecodeArrays& arrays) { arrays.c.kv[0] = 49; });
  check_fault("a page that is not there", FaultKind::index, 3, 1, 3,
              [](DecodeArrays& arrays) { arrays.page_table[1] = 3; });
  check_fault("a bucket that is not there", FaultKind::index, -1, 4, 5,
              [](DecodeArrays& arrays) { arrays.bucket_of[4] = -1; });
  check_fault("segments past the rows", FaultKind::segment_end, 1 << 30, 1, 1,
              [](DecodeArrays& arrays) { arrays.q_cu[1] = 1 << 30; });
  check_fault("segments before the rows", FaultKind::segment_order, -1, 0, 1, [](DecodeArrays& arrays) {
    arrays.q_cu = {-1, 0};
  });
  std::string text;
  DecodeArrays wide({.sq = {1}, .kv = {3}, .dtype = DType::f64});
  check(error_of([&] { cuda::attention_decode(wide.args(), emulated_run()); }, &text) == ErrorCode::kDType &&
            text == "attention_decode: dtype must be f32, bf16 or f16 on cuda, got f64",
        "f64: " + text);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  gridstride::test::check_all();
  return gridstride::test::close();
}
