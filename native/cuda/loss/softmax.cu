#include "kernels/loss/softmax_held.cuh"

#include "native/cuda/dispatch.h"
#include "native/cuda/run.h"

namespace gridstride::cuda {

namespace {

constexpr unsigned kWarpThreads = kSoftmaxWarps * kWarpSize;
// Vectors a lane holds at most: 64 floats forward, twice 32 backward, without spilling registers.
constexpr int kForwardVectors = 8;
constexpr int backward_vectors(DType dtype) { return dtype == DType::f32 ? 8 : 4; }

// The same of a thread whose block holds a row: 64 floats forward. Backward 60 or 64, and of the other row's vectors
// those that wait in shared memory, at most 96 KiB of a block.
constexpr int held_vectors(DType dtype) { return dtype == DType::f32 ? 16 : 8; }
constexpr int held_backward_vectors(DType dtype) { return dtype == DType::f32 ? 15 : 8; }
constexpr int waiting_vectors(DType dtype) { return dtype == DType::f32 ? 12 : 8; }
constexpr int kFewThreads = 128, kManyThreads = kMostHoldingThreads;

// Whether rows at a and b lie alike to 16 bytes, each `gap` elements further behind the row before in a than in b.
bool lie_alike(const void* a, const void* b, int64_t gap, DType dtype) {
  return (reinterpret_cast<uintptr_t>(a) - reinterpret_cast<uintptr_t>(b)) % 16 == 0 &&
         gap * dtype_size(dtype) % 16 == 0;
}

// body(std::integral_constant<int, threads>{}) for a block that holds a row of so many columns, `vectors` a thread;
// false: none does.
template <class Body>
bool with_threads(int64_t columns, DType dtype, int vectors, Body&& body) {
  const int64_t row_vectors = columns * dtype_size(dtype) / 16;
  if (row_vectors > int64_t{vectors} * kManyThreads) return false;
  if (row_vectors > int64_t{vectors} * kFewThreads)
    body(std::integral_constant<int, kManyThreads>{});
  else
    body(std::integral_constant<int, kFewThreads>{});
  return true;
}

template <class T>
void forward_block(const SoftmaxForwardArgs& args, Run& run) {
  const auto grid = static_cast<unsigned>(args.rows);
  const bool alike = lie_alike(args.x, args.y, args.x_stride - args.columns, args.dtype);
  constexpr int kVectors = held_vectors(kDTypeOf<T>);
  if (alike && with_threads(args.columns, args.dtype, kVectors, [&](auto threads) {
        check_launch("softmax_forward", launch(run.stream, grid, threads.value, 0,
                                               softmax_forward_block_holds_row<T, threads.value, kVectors>, args));
      }))
    return;
  check_launch("softmax_forward",
               launch(run.stream, grid, kSoftmaxBlockThreads, 0, softmax_forward_block_per_row<T>, args, alike));
}

template <class T>
void backward_block(const SoftmaxBackwardArgs& args, Run& run) {
  const auto grid = static_cast<unsigned>(args.rows);
  const bool alike = lie_alike(args.y, args.dy, 0, args.dtype) && lie_alike(args.y, args.dx, 0, args.dtype);
  constexpr int kVectors = held_backward_vectors(kDTypeOf<T>), kWaiting = waiting_vectors(kDTypeOf<T>);
  if (alike && with_threads(args.columns, args.dtype, kVectors, [&](auto threads) {
        const size_t shared = SharedSize().add<T>(kWaiting * threads.value * kVectorLength<T>).bytes();
        check_launch("softmax_backward",
                     launch(run.stream, grid, threads.value, shared,
                            softmax_backward_block_holds_row<T, threads.value, kVectors, kWaiting>, args));
      }))
    return;
  check_launch("softmax_backward",
               launch(run.stream, grid, kSoftmaxBlockThreads, 0, softmax_backward_block_per_row<T>, args, alike));
}

}  // namespace

void softmax_forward(const SoftmaxForwardArgs& args, Run& run) {
  if (args.rows == 0 || args.columns == 0) return;
  const bool aligned = are_aligned(args.x, args.y) && args.x_stride * dtype_size(args.dtype) % 16 == 0;
  const int vectors = aligned ? vectors_per_lane(args.columns, args.dtype, kForwardVectors) : 0;
  with_floating("softmax", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (vectors == 0) return forward_block<T>(args, run);
    with_vectors<kForwardVectors>(vectors, [&](auto n) {
      check_launch("softmax_forward", launch(run.stream, blocks_for(args.rows, kSoftmaxWarps), kWarpThreads, 0,
                                             softmax_forward_warp_per_row<T, n.value>, args));
    });
  });
}

void softmax_backward(const SoftmaxBackwardArgs& args, Run& run) {
  if (args.rows == 0 || args.columns == 0) return;
  const bool aligned = are_aligned(args.y, args.dy, args.dx);
  const int vectors = aligned ? vectors_per_lane(args.columns, args.dtype, backward_vectors(args.dtype)) : 0;
  with_floating("softmax", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (vectors == 0) return backward_block<T>(args, run);
    with_vectors<backward_vectors(kDTypeOf<T>)>(vectors, [&](auto n) {
      check_launch("softmax_backward", launch(run.stream, blocks_for(args.rows, kSoftmaxWarps), kWarpThreads, 0,
                                              softmax_backward_warp_per_row<T, n.value>, args));
    });
  });
}

}  // namespace gridstride::cuda
