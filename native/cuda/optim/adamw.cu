#include "kernels/optim/adamw.h"

#include <cmath>

#include "kernels/optim/adamw.cuh"
#include "native/cuda/optim/tensor_chunks.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

void adamw(const AdamWArgs& args, Run& run) {
  AdamWLaunch step{};
  step.list = step_list("adamw", args);
  const int32_t chunks = chunk_count(step.list.chunks);
  if (chunks == 0) return;
  for (int32_t i = 0; i < args.tensors; ++i) {
    step.first_moments[i] = static_cast<float*>(args.first_moments[i]);
    step.second_moments[i] = static_cast<float*>(args.second_moments[i]);
  }
  step.log_beta1 = static_cast<float>(std::log(args.beta1));
  step.log_beta2 = static_cast<float>(std::log(args.beta2));
  step.keep1 = static_cast<float>(1 - args.beta1);
  step.beta2 = static_cast<float>(args.beta2);
  step.keep2 = static_cast<float>(1 - args.beta2);
  step.epsilon = static_cast<float>(args.epsilon);
  check_launch("adamw", launch(run.stream, static_cast<unsigned>(chunks), kChunkThreads, 0, adamw_chunks, step));
}

}  // namespace gridstride::cuda
