// Attention forward and backward: every instruction set against the reference loops, those against the formula written
// out and against finite differences.
#include <algorithm>

#include "test/native/attention_case.h"

namespace gridstride::test {
namespace {

AttentionArrays run_reference(const AttentionCase& c) {
  AttentionArrays a(c);
  Machine machine(cpu::Isa::reference, 2);
  cpu::attention_forward(a.forward(), machine.run());
  cpu::attention_backward(a.backward(), machine.run());
  return a;
}

// Backward starts from the reference's o and lse, so that only its own error is seen.
AttentionArrays run_case(const AttentionArrays& reference, const cpu::InstructionSet& set, int threads) {
  AttentionArrays a(reference.c);
  Machine machine(set, threads);
  cpu::attention_forward(a.forward(), machine.run());
  AttentionArrays b = a;
  b.o = reference.o, b.lse = reference.lse;
  cpu::attention_backward(b.backward(), machine.run());
  b.o = a.o, b.lse = a.lse;
  return b;
}

bool same_bits(const AttentionArrays& a, const AttentionArrays& b) {
  return a.o.bytes() == b.o.bytes() && a.lse.bytes() == b.lse.bytes() && a.dq.bytes() == b.dq.bytes() &&
         a.dk.bytes() == b.dk.bytes() && a.dv.bytes() == b.dv.bytes() && a.dbias.bytes() == b.dbias.bytes() &&
         a.row.gradient.bytes() == b.row.gradient.bytes() && a.col.gradient.bytes() == b.col.gradient.bytes();
}

void check_case(const AttentionCase& c) {
  const AttentionArrays want = run_reference(c);
  const double unit = epsilon_of(c.dtype), longer = static_cast<double>(longest(c.sq) + longest(c.skv));
  // Scores grow with the square of the spread, and with them the error that a weight inherits.
  const double sharp = std::max(1.0, c.spread * c.spread / 20);
  for (const cpu::InstructionSet& set : product_sets()) {
    // Weights and gradients of scores are rounded before their products: at most half a unit of each term.
    const bool rounds = set.dot != cpu::Dot::none;
    if (rounds && c.dtype != DType::bf16) continue;  // the base set's code
    const AttentionArrays got = run_case(want, set, 1);
    const std::string name = c.name() + " " + set_name(set) + ": ";
    const auto near = [&](const char* what, const Buffer& a, const Buffer& b, double absolute, double terms = 0) {
      const double relative = 2.1 * (b.dtype() == c.dtype ? unit : epsilon_of(DType::f32));
      const double error = worst_error(a, b, (absolute + (rounds ? terms * unit : 0)) / relative) / relative;
      check(error <= 1, name + what + ", error " + std::to_string(error));
    };
    near("o", got.o, want.o, 4e-6 * sharp, 1);
    near("lse", got.lse, want.lse, 4e-6 * sharp);
    near("dq", got.dq, want.dq, 1e-5 * sharp, sharp);
    near("dk", got.dk, want.dk, 1e-5 * sharp, sharp);
    near("dv", got.dv, want.dv, 1e-5 * sharp, 1);
    near("dbias", got.dbias, want.dbias, 2e-8 * longer * static_cast<double>(want.batch * c.heads) + 2e-6);
    near("d_row", got.row.gradient, want.row.gradient, 2e-8 * longer + 2e-6);
    near("d_col", got.col.gradient, want.col.gradient, 2e-8 * longer + 2e-6);
    for (int threads : {2, 4})
      check(same_bits(run_case(want, set, threads), got), name + "same bits with " + std::to_string(threads));
  }
}

// o of one query by the formula, with the masks said in words of the header.
double formula(AttentionArrays& a, int64_t b, int64_t h, int64_t i, int64_t d) {
  const AttentionProblem p = a.problem();
  const int64_t sq = a.c.sq[static_cast<size_t>(b)], skv = a.c.skv[static_cast<size_t>(b)], position = i + skv - sq;
  double sum = 0, value = 0;
  for (int64_t j = 0; j < skv; ++j) {
    const int64_t token = a.kv_cu[static_cast<size_t>(b)] + j;
    if (a.c.causal && j > position) continue;
    if (a.c.window >= 0 && std::abs(position - j) > a.c.window && !a.is_global[static_cast<size_t>(token)]) continue;
    const int64_t q = (a.q_cu[static_cast<size_t>(b)] + i) * a.q_row + h * a.c.head_size;
    const int64_t kv = (a.kv_cu[static_cast<size_t>(b)] + j) * a.kv_row + h * a.c.kv_heads / a.c.heads * a.c.head_size;
    double score = 0;
    for (int64_t e = 0; e < a.c.head_size; ++e) score += a.q.get(q + e) * a.k.get(kv + e) * p.scale;
    if (!a.c.bias.empty())
      score +=
          a.bias.get(b * a.bias_strides[0] + h * a.bias_strides[1] + i * a.bias_strides[2] + j * a.bias_strides[3]);
    if (!a.c.relative.empty()) {
      const int64_t reach = a.c.reach, place = std::clamp(j - position, -reach, reach) + reach;
      const int64_t bucket = a.bucket_of[static_cast<size_t>(place)];
      const int64_t query = a.q_cu[static_cast<size_t>(b)] + i;
      score += a.row.values.get(query * a.row.token_stride + h * a.row.head_stride + bucket);
      if (a.col.values.count() > 0)
        score += a.col.values.get(token * a.col.token_stride + h * a.col.head_stride + bucket);
    }
    const int64_t pair = ((b * a.c.heads + h) * p.max_sq + i) * ((p.max_skv + 3) / 4) * 4 + j;
    const uint32_t word = philox(1234, static_cast<uint64_t>(a.state[1] + 5 + pair / 4)).word[pair % 4];
    const bool kept = a.c.dropout_p == 0 || word >= a.c.dropout_p * 4294967296.0;
    sum += std::exp(score);
    value += kept ? std::exp(score) * a.v.get(kv + d) / (1 - a.c.dropout_p) : 0;
  }
  return sum == 0 ? 0 : value / sum;
}

void check_formula(const AttentionCase& c) {
  AttentionArrays a = run_reference(c);
  for (int64_t b = 0; b < a.batch; ++b)
    for (int64_t i = 0; i < c.sq[static_cast<size_t>(b)]; ++i)
      for (int64_t h = 0; h < c.heads; ++h)
        for (int64_t d = 0; d < c.head_size; ++d) {
          const double got = a.o.get((a.q_cu[static_cast<size_t>(b)] + i) * a.q_row + h * c.head_size + d);
          check(std::abs(got - formula(a, b, h, i, d)) <= 1e-12, c.name() + " by the formula");
        }
  for (int64_t token = 0; token < a.q_tokens; ++token) {
    const bool padding = token >= a.q_cu.back();
    const double* o = reinterpret_cast<const double*>(a.o.bytes().data()) + token * a.q_row;
    for (int64_t d = 0; padding && d < a.q_row - kAttentionGap; ++d) check(o[d] == 0, c.name() + " zero padding");
    for (int64_t d = a.q_row - kAttentionGap; d < a.q_row; ++d) check(o[d] == 7, c.name() + " gap untouched");
  }
}

double objective(AttentionArrays a) {
  Machine machine(cpu::Isa::reference, 1);
  cpu::attention_forward(a.forward(), machine.run());
  double sum = 0;
  for (int64_t token = 0; token < a.q_cu.back(); ++token)
    for (int64_t d = 0; d < a.q_row - kAttentionGap; ++d)
      sum += a.o.get(token * a.q_row + d) * a.d_o.get(token * a.q_row + d);
  return sum;
}

// A term that all tokens share gets the sum over the tokens' gradients.
void check_term_gradients(const AttentionArrays& a, AttentionTermArrays AttentionArrays::*input, const char* what) {
  const AttentionTermArrays& term = a.*input;
  if (term.values.count() == 0) return;
  const int64_t buckets = a.c.buckets, tokens = term.gradient.count() / (a.c.heads * buckets);
  for (int64_t e = 0; e < (term.token_stride ? tokens : 1) * a.c.heads * buckets; ++e) {
    const int64_t token = e / buckets / a.c.heads, h = e / buckets % a.c.heads;
    const int64_t at = token * term.token_stride + h * term.head_stride + e % buckets;
    double gradient = 0;
    for (int64_t t = token; t < (term.token_stride ? token + 1 : tokens); ++t)
      gradient += term.gradient.get((t * a.c.heads + h) * buckets + e % buckets);
    AttentionArrays up = a, down = a;
    (up.*input).values.set(at, term.values.get(at) + 1e-5);
    (down.*input).values.set(at, term.values.get(at) - 1e-5);
    const double slope = (objective(up) - objective(down)) / 2e-5;
    check(std::abs(slope - gradient) <= 1e-7 * (1 + std::abs(slope)), a.c.name() + " gradient of " + what);
  }
}

void check_gradients(const AttentionCase& c) {
  const AttentionArrays a = run_reference(c);
  const auto compare = [&](Buffer AttentionArrays::*input, const Buffer& gradient, int64_t row, const char* what) {
    for (int64_t i = 0; i < gradient.count(); ++i) {
      if (row > 0 && i % row >= row - kAttentionGap) continue;
      AttentionArrays up = a, down = a;
      (up.*input).set(i, (a.*input).get(i) + 1e-5);
      (down.*input).set(i, (a.*input).get(i) - 1e-5);
      const double slope = (objective(up) - objective(down)) / 2e-5;
      check(std::abs(slope - gradient.get(i)) <= 1e-7 * (1 + std::abs(slope)), c.name() + " gradient of " + what);
    }
  };
  compare(&AttentionArrays::q, a.dq, a.q_row, "q");
  compare(&AttentionArrays::k, a.dk, a.kv_row, "k");
  compare(&AttentionArrays::v, a.dv, a.kv_row, "v");
  compare(&AttentionArrays::bias, a.dbias, 0, "bias");
  check_term_gradients(a, &AttentionArrays::row, "row");
  check_term_gradients(a, &AttentionArrays::col, "col");
}

void check_bad_segments() {
  const auto fails_with = [&](const char* text, auto spoil) {
    AttentionArrays a({.sq = {3, 4}, .skv = {3, 4}});
    AttentionForwardArgs args = a.forward();
    spoil(a, args);
    Machine machine(cpu::best_isa(), 1);
    std::string message;
    const ErrorCode code = error_of([&] { cpu::attention_forward(args, machine.run()); }, &message);
    check(code == ErrorCode::kData && message == text, std::string("attention says: ") + text + ", said " + message);
  };
  fails_with("attention: q_cu_seqlens must begin at 0, got 1 at position 0", [](auto& a, auto&) { a.q_cu[0] = 1; });
  fails_with("attention: kv_cu_seqlens must not decrease, got 1 at position 2", [](auto& a, auto&) { a.kv_cu[2] = 1; });
  fails_with("attention: q_cu_seqlens must not exceed 7 tokens, got 8 at position 2",
             [](auto& a, auto&) { a.q_cu[2] = 8; });
  fails_with("attention: kv_cu_seqlens must hold segments of at most 3, got 4 at position 2",
             [](auto&, auto& args) { args.problem.max_skv = 3; });
  for (const int32_t bucket : {-1, 7}) {
    AttentionArrays a({.sq = {3}, .skv = {3}, .relative = "row"});
    a.bucket_of[4] = bucket;
    Machine machine(cpu::best_isa(), 1);
    std::string message;
    const ErrorCode code = error_of([&] { cpu::attention_forward(a.forward(), machine.run()); }, &message);
    check(code == ErrorCode::kData &&
              message == "attention: indices must lie in [0, 7), got " + std::to_string(bucket) + " at position 4",
          "attention refuses a bucket out of range, said " + message);
  }
}

void check_rare_scores() {
  // A row whose bias is -inf everywhere gives zeros; NaN in a key reaches every row that sees it, and no other.
  AttentionCase c{.sq = {5}, .skv = {5}, .causal = true, .bias = "ij"};
  AttentionArrays masked(c), poisoned({.sq = {5}, .skv = {5}, .causal = true});
  for (int64_t j = 0; j < 5; ++j) masked.bias.set(2 * 5 + j, -INFINITY);
  poisoned.k.set(3 * poisoned.kv_row, NAN);
  for (cpu::Isa isa : cpu::available_isas()) {
    Machine machine(isa, 1);
    cpu::attention_forward(masked.forward(), machine.run());
    cpu::attention_forward(poisoned.forward(), machine.run());
    cpu::attention_backward(masked.backward(), machine.run());
    const std::string name = std::string("attention ") + isa_name(isa);
    check(masked.o.get(2 * masked.q_row) == 0 && masked.lse.get(2) == -INFINITY, name + " zero for a masked row");
    check(masked.dq.get(2 * masked.q_row) == 0 && std::isfinite(masked.dk.get(0)), name + " gradient of a masked row");
    for (int64_t i = 0; i < 5; ++i)
      check(std::isnan(poisoned.o.get(i * poisoned.q_row)) == (i >= 3), name + " NaN stays visible");
  }
}

void check_small(DType dtype) {
  const auto with = [&](AttentionCase c) {
    c.dtype = dtype;
    if (dtype != DType::f64) return check_case(c);
    check_formula(c);
    check_gradients(c);
  };
  with({.sq = {3, 0, 4}, .skv = {3, 0, 4}, .head_size = 3, .padding = 2});
  with({.sq = {3, 2, 1}, .skv = {5, 0, 7}, .heads = 4, .head_size = 2, .causal = true, .padding = 1});
  with({.sq = {5}, .skv = {2}, .kv_heads = 1, .head_size = 2, .causal = true});
  with({.sq = {6, 3}, .skv = {6, 5}, .head_size = 2, .window = 1});
  with({.sq = {4, 3}, .skv = {5, 6}, .head_size = 2, .causal = true, .window = 2, .dropout_p = 0.3});
  for (const char* bias : {"bhij", "hij", "bj", "ij", "i", "h"})
    with({.sq = {3, 2}, .skv = {2, 5}, .head_size = 2, .bias = bias, .bias_dtype = dtype, .dropout_p = 0.2});
  for (const char* relative : {"row", "Row", "row col", "Row col", "row Col"})
    with({.sq = {3, 4},
          .skv = {4, 6},
          .head_size = 2,
          .relative = relative,
          .buckets = 3,
          .reach = 2,
          .bias_dtype = dtype,
          .padding = 1});
  for (const bool causal : {false, true})
    for (const char* relative : {"", "row col"})
      with({.sq = {5, 0, 3, 4},
            .skv = {6, 2, 7, 2},
            .heads = 2,
            .kv_heads = 1,
            .head_size = 2,
            .causal = causal,
            .window = 1,
            .relative = relative,
            .bias_dtype = dtype,
            .globals = {0, 5, 9, 13},
            .dropout_p = 0.2,
            .padding = 1});
}

// Blocks that hold a global key, some or none of the window, or nothing to see.
void check_globals() {
  for (const bool causal : {false, true})
    for (const int64_t window : {0, 40, 300})
      for (const char* relative : {"", "row col"})
        check_case({.sq = {530, 130, 7},
                    .skv = {900, 130, 600},
                    .heads = 2,
                    .kv_heads = 1,
                    .causal = causal,
                    .window = window,
                    .relative = relative,
                    .buckets = 40,
                    .reach = 70,
                    .globals = {0, 1, 257, 899, 1030, 1050, 1629},
                    .dropout_p = window == 40 ? 0.1 : 0,
                    .padding = 5});
  check_case({.sq = {300}, .skv = {300}, .window = 20, .bias = "hij", .globals = {3, 299}});
}

void check_relative() {
  for (const char* relative : {"Row", "row", "row col"})
    for (const bool causal : {false, true})
      check_case({.sq = {130, 300, 7},
                  .skv = {270, 300, 600},
                  .heads = 4,
                  .kv_heads = 2,
                  .causal = causal,
                  .window = causal ? 200 : -1,
                  .relative = relative,
                  .buckets = 64,
                  .reach = 200,
                  .dropout_p = causal ? 0.1 : 0,
                  .padding = 5});
  for (DType dtype : {DType::bf16, DType::f16})
    check_case({.sq = {300}, .skv = {300}, .relative = "row col", .bias_dtype = dtype, .dtype = dtype});
}

void check_all() {
  for (DType dtype : {DType::f64, DType::f32, DType::bf16, DType::f16}) check_small(dtype);
  for (int32_t length : {1, 3, 63, 64, 65, 129})
    for (int64_t size : {1, 8, 33, 64})
      check_case({.sq = {length, 2, length}, .skv = {length, 9, 1}, .head_size = size, .padding = 3});
  // Past one block of keys and of queries, with every mask.
  for (bool causal : {false, true})
    for (int64_t window : {-1, 0, 40, 200})
      for (const char* bias : {"", "hij"})
        check_case({.sq = {130, 300, 7},
                    .skv = {270, 300, 600},
                    .heads = 4,
                    .causal = causal,
                    .window = window,
                    .bias = bias,
                    .dropout_p = window == 40 ? 0.1 : 0,
                    .padding = 5});
  for (DType dtype : {DType::bf16, DType::f16})
    check_case({.sq = {300},
                .skv = {300},
                .heads = 6,
                .head_size = 64,
                .causal = true,
                .bias = "j",
                .bias_dtype = dtype,
                .dropout_p = 0.1,
                .dtype = dtype});
  check_case({.sq = {300, 20}, .skv = {513, 20}, .heads = 3, .kv_heads = 1, .head_size = 80, .bias = "bhij"});
  check_case({.sq = {40}, .skv = {40}, .head_size = 256});
  check_case({.sq = {40}, .skv = {40}, .head_size = 257});  // the reference path on every set
  check_case({.sq = {70}, .skv = {300}, .spread = 30});     // sharp weights
  check_relative();
  check_globals();
  check_bad_segments();
  check_rare_scores();
}

}  // namespace
}  // namespace gridstride::test

int main() {
  gridstride::test::check_all();
  return gridstride::test::close();
}
