#include "kernels/random/sample_tokens.h"

#include <cmath>

#include "native/ops/function.h"
#include "native/ops/launch.h"
#include "native/ops/random/random_state.h"

namespace gridstride::ops {

namespace {

void check_fraction(const char* name, double value) {
  if (value >= 0 && value <= 1) return;
  throw Error(ErrorCode::kConfig,
              "sample_tokens: " + std::string(name) + " must lie in [0, 1], got " + std::to_string(value),
              {{name, value}});
}

void check_sampling(double temperature, int64_t top_k, double top_p, double min_p) {
  if (!(temperature >= 0 && std::isfinite(temperature)))
    throw Error(ErrorCode::kConfig,
                "sample_tokens: temperature must be a number from 0, got " + std::to_string(temperature),
                {{"temperature", temperature}});
  if (top_k < 0)
    throw Error(ErrorCode::kConfig, "sample_tokens: topK must be a whole number from 0, got " + std::to_string(top_k),
                {{"topK", static_cast<double>(top_k)}});
  check_fraction("topP", top_p);
  check_fraction("minP", min_p);
}

}  // namespace

// The next token of each row of logits (..., V): drawn, or without a random state the first of the largest.
Tensor sample_tokens(const Tensor& logits, const std::optional<Tensor>& state, int64_t delta, double temperature,
                     int64_t top_k, double top_p, double min_p) {
  check_floating("sample_tokens", logits);
  if (logits.shape.rank < 1 || logits.shape[-1] < 1 || logits.shape[-1] >= int64_t{1} << 31)
    fail_shape("sample_tokens", "logits must have a last axis of 1 to 2^31 - 1 tokens, got " + logits.shape.text());
  check_sampling(temperature, top_k, top_p, min_p);
  if (state) {
    check_random_state("sample_tokens", *state);
    check_same_device("sample_tokens", {&logits, &*state});
  }
  const Tensor x = with_uniform_rows(logits);
  Shape shape = x.shape;
  shape.dims[--shape.rank] = 0;
  const Tensor tokens = empty(x.device(), DType::i64, shape);
  Launch<SampleTokensArgs> launch(OpId::sample_tokens);
  launch.read(launch.args.x, x);
  if (state) launch.read(launch.args.stream.state, *state);
  launch.write(launch.args.tokens, tokens);
  launch.args.stream.delta = delta;
  launch.args.rows = x.shape.rows();
  launch.args.columns = x.shape[-1];
  launch.args.x_stride = x.row_stride();
  launch.args.top_k = top_k;
  launch.args.top_p = top_p;
  launch.args.min_p = min_p;
  launch.args.temperature = static_cast<float>(temperature);
  launch.args.greedy = !state || !(launch.args.temperature >= 0x1p-100f);  // NaN and infinities, divided by less
  launch.args.dtype = x.dtype;
  launch.submit(10.0 * static_cast<double>(x.numel()));
  return tokens;
}
GS_EXPORT_OP(sample_tokens, "logits", "state", "delta", "temperature", "top_k", "top_p", "min_p")

}  // namespace gridstride::ops
