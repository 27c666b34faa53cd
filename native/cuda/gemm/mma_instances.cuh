// What the files of mma instances share.
#pragma once

#include "kernels/gemm/gemm_mma.cuh"
#include "native/cuda/gemm/instances.h"

namespace gridstride::cuda {

template <class T, class Shape, Order kA, Order kB>
GemmInstance mma_instance_of() {
  return {gemm_mma<T, Shape, kA, kB>, Shape::kThreads, SharedSize().add<T>(Shape::kShared).bytes()};
}

template <class T, Order kA>
GemmInstance mma_instance_of(GemmTile tile, bool b_outer) {
  if (tile == GemmTile::large)
    return b_outer ? mma_instance_of<T, MmaLarge, kA, Order::outer>()
                   : mma_instance_of<T, MmaLarge, kA, Order::depth>();
  if (tile == GemmTile::medium)
    return b_outer ? mma_instance_of<T, MmaMedium, kA, Order::outer>()
                   : mma_instance_of<T, MmaMedium, kA, Order::depth>();
  return b_outer ? mma_instance_of<T, MmaSmall, kA, Order::outer>() : mma_instance_of<T, MmaSmall, kA, Order::depth>();
}

template <class T>
GemmInstance mma_depth_instance(GemmTile tile, bool b_outer) {
  return mma_instance_of<T, Order::depth>(tile, b_outer);
}
template <class T>
GemmInstance mma_outer_instance(GemmTile tile, bool b_outer) {
  return mma_instance_of<T, Order::outer>(tile, b_outer);
}
template <class T>
GemmInstance mma_any_instance() {
  return mma_instance_of<T, MmaSmall, Order::neither, Order::neither>();
}

}  // namespace gridstride::cuda
