#include "kernels/elementwise/activation.cuh"

#include "native/cuda/elements.h"
#include "native/cuda/elementwise/activation_gradient.h"
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

// start(Tag<T>{}, kind, Length<n>{}, runs, grid) for vectors and for what they leave. `aligned`: all the arrays.
template <class Args, class Start>
void each_launch(const Args& args, bool aligned, const Start& start) {
  const int64_t count = args.rows * args.columns;
  with_floating("activation", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    constexpr int kLength = kVectorLength<T>;
    const bool within_rows = !args.bias || (are_aligned(args.bias) && args.columns % kLength == 0);
    const MaskParameters mask = mask_parameters(args.dropout);
    with_activation(args.kind, [&](auto kind) {
      const auto vectors = [&](int64_t whole) {
        start(tag, kind, Length<kLength>{}, ActivationRuns{0, whole, mask}, grid_for(whole / kLength));
      };
      const auto elements = [&](int64_t first) {
        start(tag, kind, Length<1>{}, ActivationRuns{first, count, mask}, grid_for(count - first));
      };
      cover<T>(count, aligned && within_rows, vectors, elements);
    });
  });
}

// With the bias's gradient: dx and the sums of its columns from one look at x and dy.
void backward_with_sums(const ActivationBackwardArgs& args, Run& run) {
  ActivationGradientArgs given{};
  given.dy = args.dy, given.z = args.x, given.bias = args.bias, given.dz = args.dx;
  given.m = args.rows, given.n = given.dy_stride = given.dz_stride = args.columns;
  given.mask = mask_parameters(args.dropout);
  given.activation = args.kind;
  ActivationGradient gradient(given, args.dtype, run.multiprocessors);
  if (gradient.parts > 0) gradient.args.parts = static_cast<float*>(run.workspace(gradient.part_bytes()));
  gradient.start("activation_backward", run);
  gradient.sum_columns("activation_backward", args.dbias, args.grad_dtype, run);
}

}  // namespace

void activation_forward(const ActivationForwardArgs& args, Run& run) {
  each_launch(args, are_aligned(args.x, args.y), [&](auto tag, auto kind, auto length, auto runs, unsigned grid) {
    using T = typename decltype(tag)::type;
    check_launch("activation_forward",
                 launch(run.stream, grid, kElementThreads, 0,
                        activation_forward_runs<T, decltype(length)::value, decltype(kind)::value>, args, runs));
  });
}

void activation_backward(const ActivationBackwardArgs& args, Run& run) {
  if (args.dbias) return backward_with_sums(args, run);
  if (!args.dx) return;
  each_launch(
      args, are_aligned(args.x, args.dy, args.dx), [&](auto tag, auto kind, auto length, auto runs, unsigned grid) {
        using T = typename decltype(tag)::type;
        check_launch("activation_backward",
                     launch(run.stream, grid, kElementThreads, 0,
                            activation_backward_runs<T, decltype(length)::value, decltype(kind)::value>, args, runs));
      });
}

}  // namespace gridstride::cuda
