#include "kernels/optim/sgd.h"

#include "kernels/optim/sgd.cuh"
#include "native/cuda/optim/tensor_chunks.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

void sgd(const SgdArgs& args, Run& run) {
  SgdLaunch step{};
  step.list = step_list("sgd", args);
  const int32_t chunks = chunk_count(step.list.chunks);
  if (chunks == 0) return;
  for (int32_t i = 0; i < args.tensors; ++i) step.momenta[i] = static_cast<float*>(args.momenta[i]);
  step.momentum = static_cast<float>(args.momentum);
  step.nesterov = args.nesterov;
  check_launch("sgd", launch(run.stream, static_cast<unsigned>(chunks), kChunkThreads, 0, sgd_chunks, step));
}

}  // namespace gridstride::cuda
