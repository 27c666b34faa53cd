// Every op pass, one line each: its name and its Args struct. The pass's CPU kernel is cpu::<pass>, its checks, shapes
// and cost are ops::<pass>, JavaScript sees it under the same name. Op ids are the order of this list;
// scripts/generate.mjs makes native/core/abi.gen.h and lib/native/ops.gen.ts from it.
#pragma once

#include "kernels/attention/attention.h"
#include "kernels/attention/attention_decode.h"
#include "kernels/attention/cache_append.h"
#include "kernels/elementwise/activation.h"
#include "kernels/elementwise/binary.h"
#include "kernels/elementwise/cast.h"
#include "kernels/elementwise/fill.h"
#include "kernels/elementwise/unary.h"
#include "kernels/elementwise/where.h"
#include "kernels/embedding/embedding.h"
#include "kernels/embedding/embeddings.h"
#include "kernels/embedding/rope.h"
#include "kernels/gemm/linear.h"
#include "kernels/gemm/linear_int8.h"
#include "kernels/gemm/matmul.h"
#include "kernels/layout/copy.h"
#include "kernels/layout/gather.h"
#include "kernels/layout/index_select.h"
#include "kernels/layout/scatter.h"
#include "kernels/loss/bce_with_logits.h"
#include "kernels/loss/cross_entropy.h"
#include "kernels/loss/kl_div.h"
#include "kernels/loss/mse.h"
#include "kernels/loss/softmax.h"
#include "kernels/norm/layer_norm.h"
#include "kernels/norm/rms_norm.h"
#include "kernels/optim/adamw.h"
#include "kernels/optim/grad_norm.h"
#include "kernels/optim/scale_gradients.h"
#include "kernels/optim/sgd.h"
#include "kernels/random/dropout.h"
#include "kernels/random/normal.h"
#include "kernels/random/sample_tokens.h"
#include "kernels/random/uniform.h"
#include "kernels/reduce/reduce.h"
#include "kernels/reduce/segment_pool.h"
#include "kernels/reduce/top_k.h"

// clang-format off
#define GS_FOR_EACH_PASS(X)                                     \
  X(copy, CopyArgs)                                             \
  X(cast, CastArgs)                                             \
  X(fill, FillArgs)                                             \
  X(binary, BinaryArgs)                                         \
  X(activation_forward, ActivationForwardArgs)                  \
  X(activation_backward, ActivationBackwardArgs)                \
  X(unary, UnaryArgs)                                           \
  X(where, WhereArgs)                                           \
  X(linear_forward, LinearForwardArgs)                          \
  X(linear_backward, LinearBackwardArgs)                        \
  X(linear_int8_quantize, LinearInt8QuantizeArgs)               \
  X(linear_int8_forward, LinearInt8ForwardArgs)                 \
  X(matmul_forward, MatmulForwardArgs)                          \
  X(layer_norm_forward, LayerNormForwardArgs)                   \
  X(layer_norm_backward, LayerNormBackwardArgs)                 \
  X(rms_norm_forward, RmsNormForwardArgs)                       \
  X(rms_norm_backward, RmsNormBackwardArgs)                     \
  X(softmax_forward, SoftmaxForwardArgs)                        \
  X(softmax_backward, SoftmaxBackwardArgs)                      \
  X(cross_entropy_forward, CrossEntropyForwardArgs)             \
  X(cross_entropy_backward, CrossEntropyBackwardArgs)           \
  X(bce_with_logits_forward, BceWithLogitsForwardArgs)          \
  X(bce_with_logits_backward, BceWithLogitsBackwardArgs)        \
  X(mse_forward, MseForwardArgs)                                \
  X(mse_backward, MseBackwardArgs)                              \
  X(kl_div_forward, KlDivForwardArgs)                           \
  X(kl_div_backward, KlDivBackwardArgs)                         \
  X(embedding_forward, EmbeddingForwardArgs)                    \
  X(embedding_backward, EmbeddingBackwardArgs)                  \
  X(embeddings_forward, EmbeddingsForwardArgs)                  \
  X(rope, RopeArgs)                                             \
  X(index_select_forward, IndexSelectForwardArgs)               \
  X(index_select_backward, IndexSelectBackwardArgs)             \
  X(gather_forward, GatherForwardArgs)                          \
  X(gather_backward, GatherBackwardArgs)                        \
  X(scatter, ScatterArgs)                                       \
  X(scatter_add, ScatterArgs)                                   \
  X(dropout, DropoutArgs)                                       \
  X(uniform, UniformArgs)                                       \
  X(normal, NormalArgs)                                         \
  X(sample_tokens, SampleTokensArgs)                            \
  X(reduce, ReduceArgs)                                         \
  X(reduce_select_backward, ReduceBackwardArgs)                 \
  X(reduce_prod_backward, ReduceBackwardArgs)                   \
  X(arg_reduce, ArgReduceArgs)                                  \
  X(top_k, TopKArgs)                                            \
  X(segment_pool_forward, SegmentPoolForwardArgs)               \
  X(segment_pool_backward, SegmentPoolBackwardArgs)             \
  X(attention_forward, AttentionForwardArgs)                    \
  X(attention_backward, AttentionBackwardArgs)                  \
  X(attention_decode, AttentionDecodeArgs)                      \
  X(cache_append, CacheAppendArgs)                              \
  X(adamw, AdamWArgs)                                           \
  X(sgd, SgdArgs)                                               \
  X(grad_norm_partial, GradNormPartialArgs)                     \
  X(grad_norm_finish, GradNormFinishArgs)                       \
  X(scale_gradients, ScaleGradientsArgs)

// Functions without a kernel of their own: views, and other ways to call a pass.
#define GS_FOR_EACH_VIEW(X)                                     \
  X(reshape)                                                    \
  X(permute)                                                    \
  X(slice)                                                      \
  X(expand)                                                     \
  X(contiguous)                                                 \
  X(assign)                                                     \
  X(concat)                                                     \
  X(pad)                                                        \
  X(binary_scalar)
// clang-format on
