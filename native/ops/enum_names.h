// The names by which enum parameters travel from JavaScript, in the enums' order.
#pragma once

#include <iterator>
#include <string>

#include "kernels/common/activation.h"
#include "kernels/common/reduction.h"
#include "kernels/elementwise/binary.h"
#include "kernels/elementwise/unary.h"
#include "kernels/reduce/reduce.h"
#include "kernels/reduce/segment_pool.h"
#include "native/core/error.h"

namespace gridstride::ops {

template <class E>
struct EnumNames;

template <>
struct EnumNames<Activation> {
  static constexpr const char* kind = "activation";
  static constexpr const char* names[] = {"none", "relu", "gelu", "gelu_tanh", "silu", "tanh", "sigmoid"};
};
template <>
struct EnumNames<Reduction> {
  static constexpr const char* kind = "reduction";
  static constexpr const char* names[] = {"none", "mean", "sum", "batchmean"};
};
template <>
struct EnumNames<ReduceOp> {
  static constexpr const char* kind = "reduce op";
  static constexpr const char* names[] = {"sum", "mean", "max", "min", "prod"};
};
template <>
struct EnumNames<PoolKind> {
  static constexpr const char* kind = "pooling";
  static constexpr const char* names[] = {"mean", "max", "first", "last"};
};
template <>
struct EnumNames<BinaryOp> {
  static constexpr const char* kind = "binary op";
  static constexpr const char* names[] = {"add", "sub", "mul", "div", "pow", "maximum",     "minimum",   "eq",
                                          "ne",  "lt",  "le",  "gt",  "ge",  "logical_and", "logical_or"};
};
template <>
struct EnumNames<UnaryOp> {
  static constexpr const char* kind = "unary op";
  static constexpr const char* names[] = {"neg",   "abs",  "sign",   "square",    "reciprocal", "sqrt",
                                          "rsqrt", "exp",  "log",    "erf",       "sin",        "cos",
                                          "floor", "ceil", "is_nan", "is_finite", "logical_not"};
};

// Throws Error(kConfig) listing the names.
template <class E>
E parse_enum(const std::string& name) {
  std::string known;
  for (size_t i = 0; i < std::size(EnumNames<E>::names); ++i) {
    if (name == EnumNames<E>::names[i]) return static_cast<E>(i);
    known += std::string(i > 0 ? ", " : "") + EnumNames<E>::names[i];
  }
  throw Error(ErrorCode::kConfig, std::string(EnumNames<E>::kind) + ": must be one of " + known + ", got " + name);
}

}  // namespace gridstride::ops
