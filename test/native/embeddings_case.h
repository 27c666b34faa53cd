// A call of embeddings_forward: tables of any dtypes by ids or by position, with and without norm and dropout.
#pragma once

#include "kernels/embedding/embeddings.h"
#include "test/native/kernel_compare.h"

namespace gridstride::test {

struct EmbeddingsCase {
  int64_t rows, channels;
  DType dtype;
  DType words, positions, types;  // of the tables
  bool norm, by_position = false, keep = true;
  double p = 0;

  std::string name() const {
    return label("embeddings", cpu::Isa::reference, dtype, rows, channels) + " of " + dtype_name(words) + " " +
           dtype_name(positions) + " " + dtype_name(types) + (norm ? " norm" : "") +
           (by_position ? " by position" : "") + (keep ? "" : " not kept") + (p > 0 ? " dropout" : "");
  }
};

class EmbeddingsInputs {
 public:
  static constexpr int64_t kWords = 31, kPositions = 12, kTypes = 2;

  explicit EmbeddingsInputs(const EmbeddingsCase& c)
      : case_(c),
        words_(c.words, kWords * c.channels, 1, 2, 0.5),
        positions_(c.positions, (c.by_position ? c.rows : kPositions) * c.channels, 2),
        types_(c.types, kTypes * c.channels, 3),
        gamma_(c.words, c.channels, 4, 1, 1),
        beta_(c.words, c.channels, 5),
        word_ids_(DType::i64, c.rows),
        position_ids_(DType::i32, c.rows),
        type_ids_(DType::i64, c.rows) {
    Sequence sequence(8);
    for (int64_t t = 0; t < c.rows; ++t) {
      word_ids_.set(t, static_cast<double>(sequence.below(kWords)));
      position_ids_.set(t, static_cast<double>(sequence.below(kPositions)));
      type_ids_.set(t, static_cast<double>(sequence.below(kTypes)));
    }
  }

  // y, sum, mean, inv_std from one device's pass.
  template <class Run>
  Outputs forward(void (*launch)(const EmbeddingsForwardArgs&, Run&), Run& run) {
    const EmbeddingsCase& c = case_;
    const bool keeps = c.keep && c.norm;
    const DType statistic = c.dtype == DType::f64 ? DType::f64 : DType::f32;
    Outputs out = {Buffer(c.dtype, c.rows * c.channels), Buffer(c.dtype, keeps ? c.rows * c.channels : 0),
                   Buffer(statistic, keeps ? c.rows : 0), Buffer(statistic, keeps ? c.rows : 0)};
    EmbeddingsForwardArgs args{};
    args.words = {words_.data(), word_ids_.data(), kWords, c.words, DType::i64};
    args.positions = {positions_.data(), c.by_position ? nullptr : position_ids_.data(), kPositions, c.positions,
                      DType::i32};
    // Without types where rows are taken by position: a model may have none.
    if (!c.by_position) args.types = {types_.data(), type_ids_.data(), kTypes, c.types, DType::i64};
    args.gamma = c.norm ? gamma_.data() : nullptr;
    args.beta = c.norm && c.keep ? beta_.data() : nullptr;
    args.y = out[0].data();
    args.sum = keeps ? out[1].data() : nullptr;
    args.mean = keeps ? out[2].data() : nullptr;
    args.inv_std = keeps ? out[3].data() : nullptr;
    args.rows = c.rows;
    args.channels = c.channels;
    args.epsilon = 1e-5;
    args.dtype = c.dtype;
    args.parameter_dtype = c.words;
    args.dropout = {{state_.data(), 2}, c.p};
    launch(args, run);
    return out;
  }

  Buffer& word_ids() { return word_ids_; }
  Buffer& position_ids() { return position_ids_; }
  // Element c of token t's sum.
  double sum(int64_t t, int64_t c) const {
    const int64_t channels = case_.channels;
    const int64_t position = case_.by_position ? t : static_cast<int64_t>(position_ids_.get(t));
    double sum = words_.get(static_cast<int64_t>(word_ids_.get(t)) * channels + c);
    if (!case_.by_position) sum += types_.get(static_cast<int64_t>(type_ids_.get(t)) * channels + c);
    return sum + positions_.get(position * channels + c);
  }

 private:
  EmbeddingsCase case_;
  Buffer words_, positions_, types_, gamma_, beta_, word_ids_, position_ids_, type_ids_;
  std::vector<int64_t> state_ = {-77, (int64_t{1} << 32) - 5};
};

// body(case) for every combination that a device's paths tell apart, on rows of `channels`.
template <class Body>
void for_each_embeddings_case(int64_t rows, int64_t channels, Body&& body) {
  constexpr DType f32 = DType::f32, bf16 = DType::bf16, f16 = DType::f16;
  for (const auto& [dtype, words] : {std::pair{f32, f32}, {bf16, bf16}, {f16, f32}, {f32, bf16}}) {
    for (const double p : {0.0, 0.3}) {
      body(EmbeddingsCase{rows, channels, dtype, words, words, words, true, p > 0, true, p});
      body(EmbeddingsCase{rows, channels, dtype, words, f16, bf16, true, false, false, p});
    }
    body(EmbeddingsCase{rows, channels, dtype, words, f32, words, false, false, false, 0.3});
  }
}

}  // namespace gridstride::test
