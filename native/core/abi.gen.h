// Made by scripts/generate.mjs from native/ops/op_list.h and the Args headers: do not edit.
#pragma once

#include <cstdint>

namespace gridstride {

constexpr uint64_t kBackendAbi = 0xe0ee66555515b8cdull;

enum class OpId : int32_t {
  copy,
  cast,
  fill,
  binary,
  activation_forward,
  activation_backward,
  unary,
  where,
  linear_forward,
  linear_backward,
  matmul_forward,
  layer_norm_forward,
  layer_norm_backward,
  rms_norm_forward,
  rms_norm_backward,
  softmax_forward,
  softmax_backward,
  cross_entropy_forward,
  cross_entropy_backward,
  bce_with_logits_forward,
  bce_with_logits_backward,
  mse_forward,
  mse_backward,
  kl_div_forward,
  kl_div_backward,
  embedding_forward,
  embedding_backward,
  index_select_forward,
  index_select_backward,
  gather_forward,
  gather_backward,
  dropout,
  uniform,
  normal,
};

constexpr int kOpCount = 34;

constexpr const char* kOpNames[] = {
    "copy",
    "cast",
    "fill",
    "binary",
    "activation_forward",
    "activation_backward",
    "unary",
    "where",
    "linear_forward",
    "linear_backward",
    "matmul_forward",
    "layer_norm_forward",
    "layer_norm_backward",
    "rms_norm_forward",
    "rms_norm_backward",
    "softmax_forward",
    "softmax_backward",
    "cross_entropy_forward",
    "cross_entropy_backward",
    "bce_with_logits_forward",
    "bce_with_logits_backward",
    "mse_forward",
    "mse_backward",
    "kl_div_forward",
    "kl_div_backward",
    "embedding_forward",
    "embedding_backward",
    "index_select_forward",
    "index_select_backward",
    "gather_forward",
    "gather_backward",
    "dropout",
    "uniform",
    "normal",
};

}  // namespace gridstride
