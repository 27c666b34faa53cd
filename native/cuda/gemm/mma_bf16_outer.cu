#include "native/cuda/gemm/mma_instances.cuh"

namespace gridstride::cuda {

template GemmInstance mma_outer_instance<BFloat16>(GemmTile, bool);
template GemmInstance mma_any_instance<BFloat16>();

}  // namespace gridstride::cuda
