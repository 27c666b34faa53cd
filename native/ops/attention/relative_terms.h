// The rules of a relative bias (kernels/attention/attention.h): terms per token, and the buckets of distances.
#pragma once

#include <string>

#include "kernels/attention/attention.h"
#include "native/ops/check.h"

namespace gridstride::ops {

inline void check_bias_dtype(const char* op, const char* name, const Tensor& x, const Tensor& q) {
  if (x.dtype != DType::f32 && x.dtype != q.dtype)
    throw Error(ErrorCode::kDType, std::string(op) + ": " + name + " must be f32 or q's dtype, got " +
                                       dtype_name(x.dtype) + " and " + dtype_name(q.dtype));
}

// `x` holds a token's values of each head and bucket, or those that all tokens share.
inline void check_terms(const char* op, const char* name, const Tensor& x, const Tensor& tokens, int64_t heads) {
  check_rank(op, name, x, 3);
  const Shape full{tokens.shape[0], heads, x.shape[2]};
  if ((x.shape[0] != 1 && x.shape[0] != full[0]) || x.shape[1] != heads || x.shape[2] < 1)
    fail_shape(op, std::string(name) + " must be (tokens or 1, heads, buckets) for " + full.text() + ", got " +
                       x.shape.text());
}

inline void check_row_and_buckets(const char* op, const Tensor& row, const Tensor& bucket_of, const Tensor& q) {
  check_terms(op, "row", row, q, q.shape[1]);
  check_bias_dtype(op, "row", row, q);
  check_dtype(op, "bucketOf", bucket_of, DType::i32);
  if (bucket_of.shape.rank != 1 || bucket_of.numel() % 2 == 0)
    fail_shape(op, "bucketOf must hold the distances from -reach to reach, got shape " + bucket_of.shape.text());
}

// A token's values of one head side by side, tokens and heads less than 2^31 apart.
inline Tensor with_dense_buckets(const Tensor& x) {
  constexpr int64_t kFar = int64_t{1} << 31;
  if (!x || ((x.shape[2] == 1 || x.strides[2] == 1) && x.strides[0] < kFar && x.strides[1] < kFar)) return x;
  return contiguous(x);
}

// All but the pointers. `col` may be absent.
inline AttentionRelativeBias relative_bias(const Tensor& row, const Tensor& col, const Tensor& bucket_of) {
  const auto terms_of = [](const Tensor& x) -> AttentionTerms {
    if (!x) return {};
    return {nullptr, x.shape[0] == 1 ? 0 : x.strides[0], x.strides[1]};
  };
  return {terms_of(row), terms_of(col), nullptr, row.shape[2], bucket_of.numel() / 2, row.dtype};
}

}  // namespace gridstride::ops
