#include "kernels/elementwise/cast.h"

#include "kernels/layout/copy.h"
#include "native/cpu/elementwise/rows.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"
#include "native/cpu/strided_loop.h"

GS_PER_ISA(void find_cast_row(DType from, DType to, UnaryRow* row);)

namespace gridstride::cpu {

void copy(const CopyArgs& args, Run& run);

namespace {

template <class S, class D>
D convert(S x) {
  if constexpr (kIsFloating<S>)
    return from_double<D>(to_float(x));
  else if constexpr (std::is_same_v<D, bool>)
    return x != 0;
  else if constexpr (kIsFloating<D>)
    return narrow<D>(static_cast<double>(x));
  else
    return static_cast<D>(x);
}

template <class S, class D>
void convert_row(int64_t n, const void* x, int64_t x_stride, void* y, int64_t y_stride) {
  const S* from = static_cast<const S*>(x);
  D* to = static_cast<D*>(y);
  for (int64_t i = 0; i < n; ++i) to[i * y_stride] = convert<S, D>(from[i * x_stride]);
}

void copy_same_dtype(const CastArgs& args, Run& run) {
  CopyArgs same{};
  same.x = args.x;
  same.y = args.y;
  std::copy_n(args.sizes, kMaxRank, same.sizes);
  std::copy_n(args.x_strides, kMaxRank, same.x_strides);
  std::copy_n(args.y_strides, kMaxRank, same.y_strides);
  same.rank = args.rank;
  same.dtype = args.x_dtype;
  copy(same, run);
}

}  // namespace

UnaryRow cast_row(DType from, DType to, const Run& run) {
  UnaryRow row = nullptr;
  if (!run.is_reference()) GS_DISPATCH(run.isa, find_cast_row, from, to, &row);
  if (row) return row;
  with_any(from, [&](auto source) {
    with_any(to,
             [&](auto target) { row = convert_row<typename decltype(source)::type, typename decltype(target)::type>; });
  });
  return row;
}

void cast(const CastArgs& args, Run& run) {
  if (args.x_dtype == args.y_dtype) return copy_same_dtype(args, run);
  const StridedLoop<2> loop(args.rank, args.sizes, {args.x_strides, args.y_strides});
  const UnaryRow row = cast_row(args.x_dtype, args.y_dtype, run);
  const int64_t x_size = dtype_size(args.x_dtype), y_size = dtype_size(args.y_dtype);
  loop.run(run.pool, [&](const int64_t* at, int64_t n) {
    row(n, static_cast<const char*>(args.x) + at[0] * x_size, loop.step(0), static_cast<char*>(args.y) + at[1] * y_size,
        loop.step(1));
  });
}

}  // namespace gridstride::cpu
