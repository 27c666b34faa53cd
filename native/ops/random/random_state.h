// The random state of a device, i64 (2): seed and base offset; dropout by its numbers.
#pragma once

#include <optional>
#include <string>

#include "kernels/math/philox.h"
#include "native/core/device.h"
#include "native/ops/check.h"

namespace gridstride::ops {

inline void check_random_state(const char* op, const Tensor& state) {
  check_dtype(op, "the random state", state, DType::i64);
  check_shape(op, "the random state", state, {2});
}

// `name`: what the op calls its chance to drop.
inline void check_dropout(const char* op, const char* name, double p) {
  if (p >= 0 && p <= 1) return;
  throw Error(ErrorCode::kConfig, std::string(op) + ": " + name + " must lie in [0, 1], got " + std::to_string(p),
              {{name, p}});
}

// Dropout within another op, as it comes from TypeScript: with p = 0 the state may be absent.
struct DropoutInput {
  const std::optional<Tensor>& state;
  int64_t delta;
  double p;
};

// Checks it and enters it into the launch's `dropout`, which is a field of its args.
template <class Launch>
void read_dropout(const char* op, Launch* launch, ElementDropout* dropout, const DropoutInput& input, const Tensor& x) {
  check_dropout(op, "dropout", input.p);
  if (!(input.p > 0)) return;
  if (!input.state) throw Error(ErrorCode::kConfig, std::string(op) + ": dropout must have a random state, got none");
  check_random_state(op, *input.state);
  check_same_device(op, {&x, &*input.state});
  launch->read(dropout->stream.state, *input.state);
  dropout->stream.delta = input.delta;
  dropout->p = input.p;
}

}  // namespace gridstride::ops
