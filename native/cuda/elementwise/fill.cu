#include "kernels/elementwise/fill.cuh"

#include <cstring>

#include "native/cuda/run.h"
#include "native/cuda/strided.h"

namespace gridstride::cuda {

namespace {

template <class S>
uint64_t bits_of(double value) {
  const S stored = from_number<S>(value);
  uint64_t bits = 0;
  memcpy(&bits, &stored, sizeof(S));
  return bits;
}

// The value's bytes in an element of the dtype.
uint64_t element_bits(DType dtype, double value) {
  uint64_t bits = 0;
  if (dtype == DType::f64)
    bits = bits_of<double>(value);
  else
    with_any("fill", dtype, [&](auto tag) { bits = bits_of<typename decltype(tag)::type>(value); });
  return bits;
}

}  // namespace

void fill(const FillArgs& args, Run& run) {
  const StridedPlan<1> plan(args.rank, args.sizes, {args.y_strides});
  const uint64_t bits = element_bits(args.dtype, args.value);
  with_width(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    constexpr int kLength = kVectorLength<T>;
    const bool vectors = plan.has_vectors(kLength, {{{args.y, sizeof(T)}}});
    const auto kernel = vectors ? fill_runs<T, kLength> : fill_runs<T, 1>;
    plan.parts(vectors ? kLength : 1, [&](const StridedRuns<1>& part, const StridedPlan<1>::Offsets& at) {
      check_launch("fill", launch(run.stream, grid_for(part.runs), kElementThreads, 0, kernel, part,
                                  static_cast<T*>(args.y) + at[0], static_cast<T>(bits)));
    });
  });
}

}  // namespace gridstride::cuda
