#include "kernels/elementwise/activation.cuh"

#include <algorithm>

#include "native/cuda/dispatch.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

namespace {

// More blocks than the largest device runs at once gain nothing: a thread takes several runs then.
constexpr int64_t kMaxBlocks = 2048;

unsigned grid_for(int64_t runs) {
  return static_cast<unsigned>(std::min<int64_t>(kMaxBlocks, blocks_for(runs, kActivationThreads)));
}

// body(std::integral_constant<Activation, kind>{}).
template <int kLast = kActivationCount - 1, class Body>
void with_activation(Activation kind, Body&& body) {
  if constexpr (kLast > 0)
    if (static_cast<int>(kind) < kLast) return with_activation<kLast - 1>(kind, body);
  body(std::integral_constant<Activation, static_cast<Activation>(kLast)>{});
}

// The whole vectors of an aligned tensor, then the rest: launch_vectors() and launch_elements(first).
template <class T, class Vectors, class Elements>
void cover(int64_t count, bool aligned, const Vectors& launch_vectors, const Elements& launch_elements) {
  const int64_t whole = aligned ? count / kVectorLength<T> * kVectorLength<T> : 0;
  if (whole > 0) launch_vectors(whole);
  if (whole < count) launch_elements(whole);
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
        check_launch("activation_forward", launch(run.stream, grid_for(whole / kLength), kActivationThreads, 0,
                                                  activation_forward_runs<T, kLength, kind.value>, part, int64_t{0}));
      };
      const auto elements = [&](int64_t first) {
        check_launch("activation_forward", launch(run.stream, grid_for(args.count - first), kActivationThreads, 0,
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
        check_launch("activation_backward", launch(run.stream, grid_for(whole / kLength), kActivationThreads, 0,
                                                   activation_backward_runs<T, kLength, kind.value>, part, int64_t{0}));
      };
      const auto elements = [&](int64_t first) {
        check_launch("activation_backward", launch(run.stream, grid_for(args.count - first), kActivationThreads, 0,
                                                   activation_backward_runs<T, 1, kind.value>, args, first));
      };
      cover<T>(args.count, are_aligned(args.x, args.dy, args.dx), vectors, elements);
    });
  });
}

}  // namespace gridstride::cuda
