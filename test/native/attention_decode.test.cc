// Attention over a paged cache: every instruction set against the reference, the reference against attention over the
// same keys, one sequence alone and beside others, and what it refuses.
#include <algorithm>

#include "test/native/decode_case.h"
#include "test/native/kernel_compare.h"

namespace gridstride::test {
namespace {

void check_case(const DecodeCase& c) {
  compare_with_reference(
      c.name(),
      [&](cpu::Run& run) {
        DecodeArrays arrays(c);
        cpu::attention_decode(arrays.args(), run);
        return Outputs{arrays.o};
      },
      c.dtype == DType::f32 ? 12 * std::max(1.0, c.spread * c.spread / 8) : 2);
}

// Keys and values of the pages side by side, through attention.
void check_against_attention(const DecodeCase& c) {
  DecodeArrays decode(c);
  cpu::attention_decode(decode.args(), reference_run());
  AttentionCase same{c.sq, c.kv, c.heads, c.kv_heads, c.head_size};
  same.causal = true, same.window = c.window, same.dtype = c.dtype, same.padding = c.padding;
  AttentionArrays full(same);
  full.q = decode.q;
  AttentionForwardArgs attention = full.forward();
  if (c.buckets > 0) {
    attention.problem.bias.kind = AttentionBiasKind::relative;
    attention.problem.bias.relative = decode.args().bias;
  }
  for (size_t b = 0; b < c.kv.size(); ++b)
    for (int64_t j = 0; j < c.kv[b]; ++j)
      for (int64_t x = 0; x < c.kv_heads * c.head_size; ++x) {
        full.k.set((full.kv_cu[b] + j) * full.kv_row + x, decode.k_cache.get(decode.at(b, j) + x));
        full.v.set((full.kv_cu[b] + j) * full.kv_row + x, decode.v_cache.get(decode.at(b, j) + x));
      }
  cpu::attention_forward(attention, reference_run());
  const int64_t row = c.heads * c.head_size;
  Buffer o(c.dtype, decode.o.count());
  for (int64_t i = 0; i < o.count(); ++i) o.set(i, full.o.get(i / row * full.q_row + i % row));
  check_close(decode.o, o, 4, c.name() + " against attention");
}

void check_alone(DecodeCase c) {
  for (const cpu::Isa isa : cpu::available_isas()) {
    DecodeArrays all(c), alone = second_alone(all);
    cpu::attention_decode(all.args(), machine_with(4).with(isa));
    cpu::attention_decode(alone.args(), machine_with(1).with(isa));
    check(all.rows_of(1) == alone.rows_of(0), c.name() + " " + cpu::isa_name(isa) + ": the same bits alone");
  }
}

void check_refused(const std::string& name, const std::string& message,
                   const std::function<void(DecodeArrays&)>& break_it) {
  DecodeArrays arrays({.sq = {1}, .kv = {20}, .buckets = 5});
  break_it(arrays);
  std::string text;
  check(error_of([&] { cpu::attention_decode(arrays.args(), reference_run()); }, &text) == ErrorCode::kData &&
            text == "attention_decode: " + message,
        name + ": " + text);
}

void check_all() {
  for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) {
    check_case({.sq = {1, 1, 1}, .kv = {70, 0, 1}, .dtype = dtype, .padding = 2});
    check_case({.sq = {1}, .kv = {1000}, .heads = 8, .kv_heads = 1, .head_size = 64, .dtype = dtype});
    check_case({.sq = {3, 0, 2},
                .kv = {40, 9, 1},
                .heads = 6,
                .kv_heads = 2,
                .head_size = 33,
                .page_size = 5,
                .dtype = dtype});
    check_case({.sq = {4}, .kv = {300}, .heads = 4, .kv_heads = 4, .head_size = 80, .window = 270, .dtype = dtype});
    check_case({.sq = {7}, .kv = {600}, .heads = 1, .kv_heads = 1, .head_size = 5, .page_size = 1, .dtype = dtype});
  }
  check_case({.sq = {1}, .kv = {17000}, .heads = 1, .kv_heads = 1, .head_size = 4});  // splits of two units
  check_case({.sq = {2}, .kv = {300}, .head_size = 256, .spread = 6});
  check_case({.sq = {}, .kv = {}, .padding = 3});
  for (const DType dtype : {DType::f32, DType::bf16})
    for (const bool is_shared : {false, true})
      check_case({.sq = {2, 1},
                  .kv = {300, 9},
                  .heads = 4,
                  .kv_heads = 2,
                  .window = 270,
                  .dtype = dtype,
                  .padding = 1,
                  .buckets = 7,
                  .is_shared = is_shared,
                  .bias_dtype = is_shared ? DType::f32 : dtype});
  check_against_attention({.sq = {3, 1}, .kv = {40, 9}, .heads = 4, .kv_heads = 2, .padding = 1, .buckets = 7});
  check_against_attention(
      {.sq = {3, 0, 1, 2}, .kv = {40, 9, 1, 300}, .heads = 6, .kv_heads = 2, .head_size = 12, .page_size = 7});
  check_against_attention({.sq = {4, 1}, .kv = {2, 90}, .head_size = 12, .dtype = DType::f64});
  check_alone({.sq = {3, 2, 1}, .kv = {1000, 700, 30}, .heads = 4, .kv_heads = 2, .padding = 1});
  check_alone({.sq = {1, 1}, .kv = {16, 17000}, .heads = 1, .kv_heads = 1, .head_size = 8, .window = 16500});
  check_refused("a length past the pages", "kvLengths must lie in [0, 49), got 49 at position 0",
                [](DecodeArrays& arrays) { arrays.c.kv[0] = 49; });
  check_refused("a page that is not there", "pages must lie in [0, 3), got 3 at position 1",
                [](DecodeArrays& arrays) { arrays.page_table[1] = 3; });
  check_refused("a bucket that is not there", "bucketOf must lie in [0, 5), got 5 at position 4",
                [](DecodeArrays& arrays) { arrays.bucket_of[4] = 5; });
  check_refused("segments past the rows", "q_cu_seqlens must not exceed 1 tokens, got 2 at position 1",
                [](DecodeArrays& arrays) { arrays.q_cu[1] = 2; });
}

}  // namespace
}  // namespace gridstride::test

int main() {
  gridstride::test::check_all();
  return gridstride::test::close();
}
