#include "kernels/elementwise/activation.cuh"

#include "native/cuda/elements.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

namespace {

// body(std::integral_constant<Activation, kind>{}).
template <int kLast = kActivationCount - 1, class Body>
void with_activation(Activation kind, Body&& body) {
  if constexpr (kLast > 0)
    if (static_cast<int>(kind) < kLast) return with_activation<kLast - 1>(kind, body);
  body(std::integral_constant<Activation, static_cast<Activation>(kLast)>{});
}

}  // namespace

void activation_forward(const ActivationForwardArgs& args, Run& run) {
  with_floating("activation", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    constexpr int kLength = kVectorLength<T>;
    with_activation(args.kind, [&](auto kind) {
      const auto vectors = [&](int64_t whole) {
        ActivationForwardArgs part = args;
        part.count = whole;
        check_launch("activation_forward", launch(run.stream, grid_for(whole / kLength), kElementThreads, 0,
                                                  activation_forward_runs<T, kLength, kind.value>, part, int64_t{0}));
      };
      const auto elements = [&](int64_t first) {
        check_launch("activation_forward", launch(run.stream, grid_for(args.count - first), kElementThreads, 0,
                                                  activation_forward_runs<T, 1, kind.value>, args, first));
      };
      cover<T>(args.count, are_aligned(args.x, args.y), vectors, elements);
    });
  });
}

void activation_backward(const ActivationBackwardArgs& args, Run& run) {
  with_floating("activation", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    constexpr int kLength = kVectorLength<T>;
    with_activation(args.kind, [&](auto kind) {
      const auto vectors = [&](int64_t whole) {
        ActivationBackwardArgs part = args;
        part.count = whole;
        check_launch("activation_backward", launch(run.stream, grid_for(whole / kLength), kElementThreads, 0,
                                                   activation_backward_runs<T, kLength, kind.value>, part, int64_t{0}));
      };
      const auto elements = [&](int64_t first) {
        check_launch("activation_backward", launch(run.stream, grid_for(args.count - first), kElementThreads, 0,
                                                   activation_backward_runs<T, 1, kind.value>, args, first));
      };
      cover<T>(args.count, are_aligned(args.x, args.dy, args.dx), vectors, elements);
    });
  });
}

}  // namespace gridstride::cuda
