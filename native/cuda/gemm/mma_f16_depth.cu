#include "native/cuda/gemm/mma_instances.cuh"

namespace gridstride::cuda {

template GemmInstance mma_depth_instance<Float16>(GemmTile, bool);

}  // namespace gridstride::cuda
