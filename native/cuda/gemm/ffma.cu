#include "kernels/gemm/gemm_ffma.cuh"
#include "native/cuda/gemm/instances.h"

namespace gridstride::cuda {

namespace {

template <class Shape, Order kA, Order kB>
GemmInstance instance_of() {
  return {gemm_ffma<Shape, kA, kB>, Shape::kThreads, SharedSize().add<float>(Shape::kShared).bytes()};
}

template <class Shape>
GemmInstance instance_of(bool a_outer, bool b_outer) {
  if (a_outer)
    return b_outer ? instance_of<Shape, Order::outer, Order::outer>()
                   : instance_of<Shape, Order::outer, Order::depth>();
  return b_outer ? instance_of<Shape, Order::depth, Order::outer>() : instance_of<Shape, Order::depth, Order::depth>();
}

}  // namespace

GemmInstance ffma_instance(GemmTile tile, bool a_outer, bool b_outer) {
  return tile == GemmTile::large ? instance_of<FfmaLarge>(a_outer, b_outer) : instance_of<FfmaSmall>(a_outer, b_outer);
}

}  // namespace gridstride::cuda
