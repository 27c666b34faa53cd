#include "kernels/layout/copy.h"

#include <cstring>

#include "native/cpu/run.h"
#include "native/cpu/strided_loop.h"

namespace gridstride::cpu {

namespace {

// The dimension, other than the innermost, along which `operand` has stride 1 while the other operand has it innermost:
// then the copy is a stack of 2-D transposes. -1 if there is none.
int crossed_dimension(const StridedLoop<2>& loop) {
  for (int operand = 0; operand < 2; ++operand) {
    if (loop.step(operand) == 1 || loop.step(1 - operand) != 1) continue;
    for (int d = 0; d + 1 < loop.rank(); ++d)
      if (loop.stride(operand, d) == 1) return d;
  }
  return -1;
}

struct Tile {
  int64_t rows, columns;    // along the crossed and the innermost dimension
  int64_t x_row, x_column;  // strides of the source
  int64_t y_row, y_column;
};

template <class T>
void copy_tile(const T* x, T* y, const Tile& tile) {
  for (int64_t i = 0; i < tile.rows; ++i)
    for (int64_t j = 0; j < tile.columns; ++j)
      y[i * tile.y_row + j * tile.y_column] = x[i * tile.x_row + j * tile.x_column];
}

// Square tiles keep both sides in the first-level cache, whichever of them jumps.
template <class T>
void transpose(const CopyArgs& args, const StridedLoop<2>& loop, int crossed, Pool& pool) {
  constexpr int64_t kSide = 32;
  const int last = loop.rank() - 1;
  const int64_t rows = loop.size(crossed), columns = loop.size(last);
  const int64_t row_blocks = (rows + kSide - 1) / kSide, column_blocks = (columns + kSide - 1) / kSide;
  const int64_t planes = loop.count() / (rows * columns);
  pool.ranges(planes * row_blocks, 8, [&](int64_t begin, int64_t end, int) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t i = task % row_blocks * kSide;
      int64_t rest = task / row_blocks, x_at = i * loop.stride(0, crossed), y_at = i * loop.stride(1, crossed);
      for (int d = last - 1; d >= 0; --d) {
        if (d == crossed) continue;
        x_at += rest % loop.size(d) * loop.stride(0, d);
        y_at += rest % loop.size(d) * loop.stride(1, d);
        rest /= loop.size(d);
      }
      for (int64_t block = 0; block < column_blocks; ++block) {
        const int64_t j = block * kSide;
        const Tile tile = {std::min(kSide, rows - i), std::min(kSide, columns - j), loop.stride(0, crossed),
                           loop.stride(0, last),      loop.stride(1, crossed),      loop.stride(1, last)};
        copy_tile(static_cast<const T*>(args.x) + x_at + j * tile.x_column,
                  static_cast<T*>(args.y) + y_at + j * tile.y_column, tile);
      }
    }
  });
}

template <class T>
void copy_elements(const CopyArgs& args, Run& run) {
  const StridedLoop<2> loop(args.rank, args.sizes, {args.x_strides, args.y_strides});
  if (loop.count() == 0) return;
  const int crossed = run.is_reference() ? -1 : crossed_dimension(loop);
  if (crossed >= 0) return transpose<T>(args, loop, crossed, run.pool);
  loop.run(run.pool, [&](const int64_t* at, int64_t n) {
    const T* x = static_cast<const T*>(args.x) + at[0];
    T* y = static_cast<T*>(args.y) + at[1];
    if (loop.step(0) == 1 && loop.step(1) == 1) {
      memcpy(y, x, static_cast<size_t>(n) * sizeof(T));
      return;
    }
    for (int64_t i = 0; i < n; ++i) y[i * loop.step(1)] = x[i * loop.step(0)];
  });
}

}  // namespace

void copy(const CopyArgs& args, Run& run) {
  switch (dtype_size(args.dtype)) {
    case 1:
      return copy_elements<uint8_t>(args, run);
    case 2:
      return copy_elements<uint16_t>(args, run);
    case 4:
      return copy_elements<uint32_t>(args, run);
    default:
      return copy_elements<uint64_t>(args, run);
  }
}

}  // namespace gridstride::cpu
