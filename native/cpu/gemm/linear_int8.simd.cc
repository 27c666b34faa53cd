// Activations become integers, rows in parallel; then a task is a block of rows by a range of panels of weights, and
// its tiles' sums go straight to the output.
#include "kernels/gemm/linear_int8.h"

#include <limits>

#include "native/cpu/gemm/finish.h"
#include "native/cpu/gemm/int8/kernels.h"
#include "native/cpu/gemm/int8/widen.h"
#include "native/cpu/gemm/pack.h"
#include "native/cpu/run.h"

GS_PER_ISA(void linear_int8_forward(const LinearInt8ForwardArgs&, const Int8Kernel*, Run&);)

namespace gridstride::cpu::GS_ISA {

namespace {

constexpr int64_t kBlockRows = 128;
constexpr int64_t kSingleBlockRows = 256;   // up to these, weights are read once
constexpr int64_t kTaskBytes = 384 * 1024;  // of weights: they stay in L2
constexpr int64_t kWantedTasks = 16;        // where there are so many panels
constexpr int64_t kRowsOfRange = 8;

// Integer rows, each a line longer than they need, which spreads them over the sets of L1.
struct Rows {
  int8_t* integers;
  float* scales;
  int32_t* offsets;  // kInt8Zero times the sum of a row
  int64_t row_bytes;
};

template <class T>
int32_t largest_bits(const T* x, int64_t count) {
  VecInt most{};
  for (int64_t i = 0; i < count; i += kLanes) {
    const VecInt magnitude = bits(load_up_to(x + i, count - i)) & 0x7fffffff;  // NaN above infinity above numbers
    most = magnitude > most ? magnitude : most;
  }
  int32_t largest = 0;
  for (int i = 0; i < kLanes; ++i) largest = most[i] > largest ? most[i] : largest;
  return largest;
}

// To the nearest integer, half to even; x lies within +-127.
VecInt round_to_int(Vec x) {
  constexpr float kMagic = 0x1.8p23f;
  return bits(x + kMagic) - bits(splat(kMagic));
}

template <class T>
void quantize_row(const T* x, int64_t count, const Rows& rows, int64_t i) {
  typedef int8_t Bytes __attribute__((vector_size(kLanes)));
  const float largest = float_from_bits(static_cast<uint32_t>(largest_bits(x, count)));
  const bool is_finite = largest <= std::numeric_limits<float>::max();
  const bool is_zero = !is_finite || largest < kInt8Least;
  const float inverse = is_zero ? 0.0f : kInt8Largest / largest;
  const Vec limit = splat(kInt8Largest);
  int8_t* to = rows.integers + i * rows.row_bytes;
  memset(to + count / kLanes * kLanes, 0, static_cast<size_t>(int8_depth(count) - count / kLanes * kLanes));
  VecInt sum{};
  for (int64_t c = 0; c < count; c += kLanes) {
    const Vec value = is_zero ? Vec{} : load_up_to(x + c, count - c) * inverse;
    const VecInt integer = round_to_int(max(min(value, limit), -limit));
    const Bytes bytes = __builtin_convertvector(integer, Bytes);
    sum += integer;
    memcpy(to + c, &bytes, sizeof bytes);
  }
  int32_t total = 0;
  for (int lane = 0; lane < kLanes; ++lane) total += sum[lane];
  rows.offsets[i] = kInt8Zero * total;
  rows.scales[i] = !is_finite ? std::numeric_limits<float>::quiet_NaN() : is_zero ? 0.0f : largest / kInt8Largest;
}

void quantize_rows(const LinearInt8ForwardArgs& args, const Rows& rows, Pool& pool) {
  pool.ranges(args.m, kRowsOfRange, [&](int64_t begin, int64_t end, int) {
    with_storage(args.dtype, [&](auto tag) {
      using T = typename decltype(tag)::type;
      for (int64_t i = begin; i < end; ++i)
        quantize_row(static_cast<const T*>(args.x) + i * args.x_stride, args.k, rows, i);
    });
  });
}

struct Task {
  const LinearInt8ForwardArgs& args;
  const GemmOutput& output;
  const Rows& rows;
  const Int8Kernel& kernel;

  // Integer sums to floats, in place.
  void scale(int32_t* sums, int64_t row, int64_t count, int64_t column) const {
    const float* scales = static_cast<const float*>(args.scales) + column;
    // Of a last single block the second half is not looked at.
    const int64_t columns = smaller(kInt8Panel, int8_blocks(args.n) * kInt8Columns - column);
    for (int64_t i = 0; i < count; ++i)
      for (int64_t j = 0; j < columns; j += kLanes) {
        VecInt sum;
        memcpy(&sum, sums + i * kInt8Panel + j, sizeof sum);
        const Vec factor = load(scales + j) * rows.scales[row + i];
        const Vec value = __builtin_convertvector(sum - rows.offsets[row + i], Vec) * factor;
        memcpy(sums + i * kInt8Panel + j, &value, sizeof value);
      }
  }

  void run_panel(int64_t row, int64_t count, int64_t panel) const {
    const int64_t bytes = int8_block_bytes(args.k), column = panel * kInt8Panel;
    const auto* first = static_cast<const uint8_t*>(args.w) + 2 * panel * bytes;
    const bool is_single = 2 * panel + 1 == int8_blocks(args.n);
    const int64_t tiles = divide_up(count, kernel.rows);
    alignas(64) int32_t sums[kInt8MaxRows * kInt8Panel];
    const auto begin_of = [&](int64_t i) {
      return row + (kernel.fills_tiles ? smaller(count, i * kernel.rows) : count * i / tiles);
    };
    for (int64_t i = 0; i < tiles; ++i) {
      const int64_t begin = begin_of(i), height = begin_of(i + 1) - begin;
      const int8_t* a = rows.integers + begin * rows.row_bytes;
      kernel.multiply(height,
                      {a, rows.row_bytes, {first, is_single ? first : first + bytes}, sums, int8_depth(args.k)});
      scale(sums, begin, height, column);
      finish_rows(output, reinterpret_cast<const float*>(sums), kInt8Panel, 0, begin, height, column,
                  smaller(kInt8Panel, args.n - column));
    }
  }
};

void multiply(const LinearInt8ForwardArgs& args, const Rows& rows, const Int8Kernel& kernel, Pool& pool) {
  const GemmOutput output{args.y, args.bias, args.residual,   nullptr,   args.y_stride, 0, 0, args.residual_stride,
                          0,      1.0f,      args.activation, args.dtype};
  const Task task{args, output, rows, kernel};
  const int64_t panels = divide_up(args.n, kInt8Panel);
  const int64_t row_blocks = args.m <= kSingleBlockRows ? 1 : divide_up(args.m, kBlockRows);
  const int64_t fitting = larger(1, kTaskBytes / (2 * int8_block_bytes(larger(1, args.k))));
  const int64_t shared = larger(1, panels * row_blocks / kWantedTasks);
  const int64_t task_panels = smaller(fitting, shared), panel_blocks = divide_up(panels, task_panels);
  pool.parallel(row_blocks * panel_blocks, [&](int64_t index, int) {
    const int64_t block = index / panel_blocks, begin = args.m * block / row_blocks;
    const int64_t first = index % panel_blocks * task_panels;
    if (kernel.enter) kernel.enter();
    for (int64_t panel = first; panel < smaller(panels, first + task_panels); ++panel)
      task.run_panel(begin, args.m * (block + 1) / row_blocks - begin, panel);
    if (kernel.leave) kernel.leave();
  });
}

}  // namespace

void linear_int8_forward(const LinearInt8ForwardArgs& args, const Int8Kernel* kernel, Run& run) {
  if (args.m == 0 || args.n == 0) return;
  Rows rows{};
  rows.row_bytes = int8_depth(args.k) + kInt8Depth;
  // Kernels may read on to the last of their rows.
  const int64_t integers = round_up((args.m + kInt8MaxRows) * rows.row_bytes, 64), words = round_up(args.m * 4, 64);
  char* scratch = static_cast<char*>(run.workspace(integers + 2 * words));
  rows.integers = reinterpret_cast<int8_t*>(scratch);
  rows.scales = reinterpret_cast<float*>(scratch + integers);
  rows.offsets = reinterpret_cast<int32_t*>(scratch + integers + words);
  quantize_rows(args, rows, run.pool);
  multiply(args, rows, kernel ? *kernel : kWidenedKernel, run.pool);
}

}  // namespace gridstride::cpu::GS_ISA
