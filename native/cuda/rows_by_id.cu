#include "native/cuda/rows_by_id.h"

#include "kernels/common/rows_by_id.cuh"
#include "native/cuda/strided.h"

namespace gridstride::cuda {

namespace {

// y, the position in ids, and x without the id; a row has `inner` elements.
StridedPlan<3> plan_of(const RowsById& args, int64_t inner) {
  const int64_t sizes[] = {args.outer, args.count, inner};
  const int64_t y_strides[] = {args.count * inner, inner, 1}, id_strides[] = {0, 1, 0};
  const int64_t x_strides[] = {args.size * inner, 0, 1};
  return StridedPlan<3>(3, sizes, {y_strides, id_strides, x_strides}, -1);
}

IdList list_of(const RowsById& args, int64_t first, const Run& run) {
  return {static_cast<const char*>(args.ids) + first * dtype_size(args.id_dtype), args.id_dtype, args.size,
          args.allow_missing, run.faults};
}

// Rows of the same dtype move as `T`s, kLength at a time.
template <class T, int kLength>
void copy_rows(const char* op, const RowsById& args, Run& run) {
  const int64_t inner = args.inner * dtype_size(args.dtype) / static_cast<int64_t>(sizeof(T));
  const uint64_t bad = is_floating(args.dtype) ? 0x7fff7fff7fff7fff : 0;  // NaN in every floating dtype
  plan_of(args, inner).parts(kLength, [&](const StridedRuns<3>& part, const StridedPlan<3>::Offsets& at) {
    check_launch(op, launch(run.stream, grid_for(part.runs), kElementThreads, 0, copy_rows_by_id<T, kLength>, part,
                            list_of(args, at[1], run), static_cast<const T*>(args.x) + at[2],
                            static_cast<T*>(args.y) + at[0], inner, static_cast<T>(bad)));
  });
}

template <class T, int kLength>
void convert_rows(const char* op, const RowsById& args, Run& run) {
  plan_of(args, args.inner).parts(kLength, [&](const StridedRuns<3>& part, const StridedPlan<3>::Offsets& at) {
    check_launch(op,
                 launch(run.stream, grid_for(part.runs), kElementThreads, 0, convert_rows_by_id<T, kLength>, part,
                        list_of(args, at[1], run),
                        static_cast<const void*>(static_cast<const char*>(args.x) + at[2] * dtype_size(args.x_dtype)),
                        args.x_dtype, static_cast<T*>(args.y) + at[0], args.inner));
  });
}

}  // namespace

void rows_by_id(const char* op, const RowsById& args, Run& run) {
  if (args.outer == 0 || args.count == 0 || args.inner == 0) return;
  if (args.dtype != args.x_dtype)
    return with_floating(op, args.dtype, [&](auto tag) {
      using T = typename decltype(tag)::type;
      if (!are_aligned(args.x, args.y) || args.inner % 8 != 0) return convert_rows<T, 1>(op, args, run);
      convert_rows<T, kVectorLength<T>>(op, args, run);
    });
  const uintptr_t places = reinterpret_cast<uintptr_t>(args.x) | reinterpret_cast<uintptr_t>(args.y) |
                           static_cast<uintptr_t>(args.inner * dtype_size(args.dtype));
  if (places % 16 == 0) return copy_rows<uint32_t, 4>(op, args, run);
  if (places % 8 == 0) return copy_rows<uint64_t, 1>(op, args, run);
  if (places % 4 == 0) return copy_rows<uint32_t, 1>(op, args, run);
  if (places % 2 == 0) return copy_rows<uint16_t, 1>(op, args, run);
  copy_rows<uint8_t, 1>(op, args, run);
}

}  // namespace gridstride::cuda
