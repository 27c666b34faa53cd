// Args of the multi-tensor passes as their kernels take them.
#pragma once

#include "kernels/optim/step.cuh"
#include "native/cuda/dispatch.h"

namespace gridstride::cuda {

// Throws Error(kDType) naming `op` unless the kernels take every tensor's dtype.
inline TensorChunks tensor_chunks(const char* op, const int64_t* counts, const DType* dtypes, int32_t tensors,
                                  int64_t chunk) {
  TensorChunks list{};
  list.tensors = tensors;
  for (int32_t i = 0; i < tensors; ++i) {
    with_floating(op, dtypes[i], [](auto) {});
    list.counts[i] = counts[i];
    list.first[i + 1] = list.first[i] + static_cast<int32_t>(blocks_for(counts[i], chunk));
    list.dtypes[i] = static_cast<uint8_t>(dtypes[i]);
  }
  return list;
}

inline int32_t chunk_count(const TensorChunks& list) { return list.first[list.tensors]; }

// What AdamWArgs and SgdArgs have in common.
template <class Args>
StepList step_list(const char* op, const Args& args) {
  StepList list{};
  list.chunks = tensor_chunks(op, args.counts, args.dtypes, args.tensors, kStepChunk);
  for (int32_t i = 0; i < args.tensors; ++i) {
    if (args.copies[i]) with_floating(op, args.copy_dtype, [](auto) {});
    list.weights[i] = static_cast<float*>(args.weights[i]);
    list.gradients[i] = args.gradients[i];
    list.copies[i] = args.copies[i];
    list.weight_decays[i] = static_cast<float>(args.weight_decays[i]);
    list.rate_factors[i] = static_cast<float>(args.rate_factors[i]);
  }
  list.schedule = args.schedule;
  list.gradient_state = args.gradient_state;
  list.copy_dtype = args.copy_dtype;
  return list;
}

}  // namespace gridstride::cuda
