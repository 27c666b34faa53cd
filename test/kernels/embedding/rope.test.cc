// Rotary embedding's kernel against the double-precision reference: vectors and single elements, both kinds of pairs,
// strided views, heads in groups, tables in parts, in place.
#include "kernels/embedding/rope.h"

#include "test/kernels/emulated_run.h"

namespace gridstride {
namespace cpu {
void rope(const RopeArgs& args, Run& run);
}
namespace cuda {
void rope(const RopeArgs& args, Run& run);
}

namespace test {
namespace {

struct Case {
  int64_t tokens, heads, size, pairs;
  int64_t token_gap = 0;  // elements between one token's heads and the next's
  int64_t head_gap = 0;
  int64_t shift = 0;  // elements that x lies behind an aligned address
  bool in_place = false;
};

RopeArgs args_of(const Case& c, DType dtype, bool interleaved, bool inverse) {
  RopeArgs args{};
  args.tokens = c.tokens;
  args.heads = c.heads;
  args.size = c.size;
  args.pairs = c.pairs;
  args.x_head_stride = c.size + c.head_gap;
  args.x_token_stride = c.heads * args.x_head_stride + c.token_gap;
  args.factor = inverse ? 0.75f : 1.25f;
  args.interleaved = interleaved;
  args.inverse = inverse;
  args.dtype = dtype;
  return args;
}

void check_case(const Case& c, DType dtype, bool interleaved, bool inverse) {
  RopeArgs args = args_of(c, dtype, interleaved, inverse);
  Buffer x(dtype, c.tokens * args.x_token_stride + c.shift, 1);
  Buffer positions(inverse ? DType::i32 : DType::i64, c.tokens), frequencies(DType::f32, c.pairs);
  for (int64_t t = 0; t < c.tokens; ++t) positions.set(t, static_cast<double>(t % 3 == 2 ? 131071 - t : 5 * t));
  for (int64_t k = 0; k < c.pairs; ++k) frequencies.set(k, std::pow(10000.0, -static_cast<double>(k) / 7));
  args.positions = positions.data();
  args.frequencies = frequencies.as<float>();
  args.position_dtype = positions.dtype();
  const auto run_on = [&](auto launch, auto& run) {
    Outputs out = {c.in_place ? x : Buffer(dtype, c.tokens * c.heads * c.size)};
    args.x = static_cast<char*>(c.in_place ? out[0].data() : x.data()) + c.shift * dtype_size(dtype);
    args.y = out[0].data();
    launch(args, run);
    return out;
  };
  const std::string name = label("rope", cpu::Isa::reference, dtype, c.heads, c.size) + " " + std::to_string(c.pairs) +
                           (interleaved ? " interleaved" : "") + (inverse ? " inverse" : "");
  compare_with_cpu(
      name, run_on(cpu::rope, reference_run()), [&](cuda::Run& run) { return run_on(cuda::rope, run); }, 12);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  const Case cases[] = {
      {5, 2, 64, 32},
      {3, 4, 64, 16, 128},     // of packed queries, keys and values; partial
      {40, 3, 32, 16, 0, 32},  // more tokens than fill the device
      {2, 70, 16, 8},          // heads in groups
      {4, 2, 16, 8, 0, 0, 1},  // misaligned
      {4, 3, 10, 3},           // odd
      {3, 2, 24, 12, 5},       // rows at odd distances
      {2, 2, 8, 0},            // nothing turns
      {1, 2, 2 * 1040, 1040},  // the table in three parts
      {6, 3, 32, 16, 0, 0, 0, true},
      {0, 3, 32, 16},
  };
  for (const Case& c : cases)
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16})
      for (const bool interleaved : {false, true}) check_case(c, dtype, interleaved, dtype == DType::bf16);
  std::string text;
  RopeArgs args{};
  args.tokens = args.heads = args.size = 1;
  args.dtype = DType::f64;
  check(error_of([&] { cuda::rope(args, emulated_run()); }, &text) == ErrorCode::kDType &&
            text == "rope: dtype must be f32, bf16 or f16 on cuda, got f64",
        "f64: " + text);
  return close();
}
