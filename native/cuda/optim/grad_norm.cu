#include "kernels/optim/grad_norm.h"

#include <algorithm>

#include "kernels/optim/grad_norm.cuh"
#include "kernels/optim/scale_gradients.h"
#include "native/cuda/optim/tensor_chunks.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

void grad_norm_partial(const GradNormPartialArgs& args, Run& run) {
  if (args.tensors == 0) return;
  GradNormLaunch list{};
  list.chunks = tensor_chunks("grad_norm", args.counts, args.dtypes, args.tensors, kNormChunk);
  std::copy_n(args.gradients, args.tensors, list.gradients);
  const int32_t chunks = chunk_count(list.chunks);
  auto* sums = static_cast<double*>(run.workspace(std::max<int64_t>(chunks, 1) * 8));
  if (chunks > 0)
    check_launch("grad_norm_partial",
                 launch(run.stream, static_cast<unsigned>(chunks), kChunkThreads, 0, grad_norm_sums, list, sums));
  check_launch("grad_norm_partial", launch(run.stream, static_cast<unsigned>(args.tensors), kChunkThreads, 0,
                                           grad_norm_tensors, list.chunks, sums, args.squares + args.first));
}

void grad_norm_finish(const GradNormFinishArgs& args, Run& run) {
  check_launch("grad_norm_finish", launch(run.stream, 1, kChunkThreads, 0, grad_norm_result, args));
}

void scale_gradients(const ScaleGradientsArgs& args, Run& run) {
  ScaleLaunch list{};
  list.chunks = tensor_chunks("scale_gradients", args.counts, args.dtypes, args.tensors, kNormChunk);
  const int32_t chunks = chunk_count(list.chunks);
  if (chunks == 0) return;
  std::copy_n(args.gradients, args.tensors, list.gradients);
  list.scale = args.scale;
  check_launch("scale_gradients",
               launch(run.stream, static_cast<unsigned>(chunks), kChunkThreads, 0, scale_gradients_chunks, list));
}

}  // namespace gridstride::cuda
