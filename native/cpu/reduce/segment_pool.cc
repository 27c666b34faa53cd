#include "kernels/reduce/segment_pool.h"

#include <algorithm>
#include <cstring>

#include "native/cpu/check_segments.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

namespace gridstride::cpu {

namespace {

constexpr int64_t kBlock = 256;  // channels of a task

// Channels [0, n) of one segment whose rows begin at x. A accumulates.
template <class T, class A>
struct Segment {
  const T* x;
  int64_t begin, end, channels, n;

  void mean(T* y) const {
    A sums[kBlock] = {};
    for (int64_t t = begin; t < end; ++t)
      for (int64_t c = 0; c < n; ++c) sums[c] += static_cast<A>(to_float(x[t * channels + c]));
    for (int64_t c = 0; c < n; ++c) y[c] = narrow<T>(static_cast<double>(sums[c] / static_cast<A>(end - begin)));
  }
  void max(T* y, int32_t* arg_max) const {
    A best[kBlock];
    for (int64_t c = 0; c < n; ++c) best[c] = static_cast<A>(to_float(x[begin * channels + c]));
    std::fill(arg_max, arg_max + n, static_cast<int32_t>(begin));
    for (int64_t t = begin + 1; t < end; ++t) {
      for (int64_t c = 0; c < n; ++c) {
        const A value = static_cast<A>(to_float(x[t * channels + c]));
        const bool better = value > best[c] || (value != value && best[c] == best[c]);
        best[c] = better ? value : best[c];
        arg_max[c] = better ? static_cast<int32_t>(t) : arg_max[c];
      }
    }
    for (int64_t c = 0; c < n; ++c) y[c] = x[arg_max[c] * channels + c];
  }
};

template <class T, class A>
void forward(const SegmentPoolForwardArgs& args, Pool& pool) {
  const int64_t blocks = (args.channels + kBlock - 1) / kBlock;
  pool.parallel(args.segments * blocks, [&](int64_t task, int) {
    const int64_t b = task / blocks, first = task % blocks * kBlock;
    const int64_t n = std::min(kBlock, args.channels - first), at = b * args.channels + first;
    const Segment<T, A> segment = {static_cast<const T*>(args.x) + first, args.cu_seqlens[b], args.cu_seqlens[b + 1],
                                   args.channels, n};
    T* y = static_cast<T*>(args.y) + at;
    if (segment.begin == segment.end) {
      std::fill(y, y + n, T{});
      if (args.kind == PoolKind::max) std::fill(args.arg_max + at, args.arg_max + at + n, -1);
    } else if (args.kind == PoolKind::mean) {
      segment.mean(y);
    } else if (args.kind == PoolKind::max) {
      segment.max(y, args.arg_max + at);
    } else {
      const int64_t row = args.kind == PoolKind::first ? segment.begin : segment.end - 1;
      std::copy_n(segment.x + row * args.channels, n, y);
    }
  });
}

template <class T>
void backward_segment(const SegmentPoolBackwardArgs& args, int64_t b) {
  const int64_t begin = args.cu_seqlens[b], end = args.cu_seqlens[b + 1], c = args.channels;
  if (begin == end) return;
  const T* dy = static_cast<const T*>(args.dy) + b * c;
  T* dx = static_cast<T*>(args.dx);
  if (args.kind == PoolKind::mean) {
    const double share = 1.0 / static_cast<double>(end - begin);
    for (int64_t i = 0; i < c; ++i) dx[begin * c + i] = narrow<T>(widen(dy[i]) * share);
    for (int64_t t = begin + 1; t < end; ++t) std::copy_n(dx + begin * c, c, dx + t * c);
    return;
  }
  memset(static_cast<void*>(dx + begin * c), 0, static_cast<size_t>((end - begin) * c) * sizeof(T));
  for (int64_t i = 0; i < c; ++i) {
    const int64_t row = args.kind == PoolKind::max     ? args.arg_max[b * c + i]
                        : args.kind == PoolKind::first ? begin
                                                       : end - 1;
    dx[row * c + i] = dy[i];
  }
}

}  // namespace

void segment_pool_forward(const SegmentPoolForwardArgs& args, Run& run) {
  check_segments("segment_pool", "cu_seqlens", args.cu_seqlens, args.segments, args.rows, -1);
  with_floating("segment_pool", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if (run.is_reference() || args.dtype == DType::f64)
      forward<T, double>(args, run.pool);
    else
      forward<T, float>(args, run.pool);
  });
}

void segment_pool_backward(const SegmentPoolBackwardArgs& args, Run& run) {
  check_segments("segment_pool", "cu_seqlens", args.cu_seqlens, args.segments, args.rows, -1);
  if (args.rows * args.channels == 0) return;
  const int64_t bytes = args.channels * dtype_size(args.dtype);
  const int64_t before = args.cu_seqlens[0], used = args.cu_seqlens[args.segments];
  char* dx = static_cast<char*>(args.dx);
  memset(dx, 0, static_cast<size_t>(before * bytes));
  memset(dx + used * bytes, 0, static_cast<size_t>((args.rows - used) * bytes));
  with_floating("segment_pool", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.parallel(args.segments, [&](int64_t b, int) { backward_segment<T>(args, b); });
  });
}

}  // namespace gridstride::cpu
