#include "kernels/elementwise/activation.h"

#include "native/cpu/run.h"
#include "native/cpu/simd/activation.h"
#include "native/cpu/simd/column_sums.h"
#include "native/cpu/simd/dropout.h"

GS_PER_ISA(void activation_forward(const ActivationForwardArgs&, Run&);)
GS_PER_ISA(void activation_backward(const ActivationBackwardArgs&, Run&);)

namespace gridstride::cpu::GS_ISA {

namespace {

constexpr int64_t kGrain = 16384, kChunkRows = 64;

// A vector of a row: its m first elements are i and on, and dropout keeps those of `kept`.
struct Piece {
  int64_t i, column, m;
  VecInt kept;
};

// A dtype and an activation, known when compiling.
template <class T, Activation kKind, class Args>
class Elements {
 public:
  explicit Elements(const Args& args) : args_(args), mask_(args.dropout) {}

  // body(Piece) for the elements [begin, end).
  template <class Body>
  void each(int64_t begin, int64_t end, Body body) const {
    for (int64_t first = begin; first < end;) {
      const int64_t column = first % args_.columns, left = args_.columns - column;
      const int64_t n = left < end - first ? left : end - first;
      const auto take = [&](int64_t i, int64_t m, VecInt kept) { body(Piece{first + i, column + i, m, kept}); };
      if (mask_.drops())
        mask_.each(first, n, take);
      else
        for (int64_t i = 0; i < n; i += kLanes) take(i, n - i < kLanes ? n - i : kLanes, VecInt{});
      first += n;
    }
  }

  Vec value(const Piece& at) const { return dropped(activation_value<kKind>(biased(at)), at); }
  Vec gradient(const Piece& at) const {
    const Vec dy = load_some(static_cast<const T*>(args_.dy) + at.i, at.m);
    return activation_derivative<kKind>(biased(at)) * dropped(dy, at);
  }

 private:
  Vec biased(const Piece& at) const {
    const Vec x = load_some(static_cast<const T*>(args_.x) + at.i, at.m);
    return args_.bias ? x + load_some(static_cast<const T*>(args_.bias) + at.column, at.m) : x;
  }
  Vec dropped(Vec x, const Piece& at) const { return mask_.drops() ? mask_.apply(x, at.kept) : x; }

  const Args& args_;
  DropoutMask mask_;
};

template <class Args, class Body>
void with_elements(const Args& args, Body body) {
  with_storage(args.dtype, [&](auto tag) {
    with_activation(args.kind, [&](auto kind) {
      body(tag, Elements<typename decltype(tag)::type, decltype(kind)::value, Args>(args));
    });
  });
}

// dx, and the sums of each chunk of rows.
template <class T, class Source>
void backward_chunks(const ActivationBackwardArgs& args, const Source& source, Run& run) {
  const int64_t chunks = (args.rows + kChunkRows - 1) / kChunkRows;
  auto* const partial = static_cast<float*>(run.workspace(chunks * args.columns * 4));
  run.pool.parallel(chunks, [&](int64_t chunk, int) {
    float* sums = partial + chunk * args.columns;
    for (int64_t c = 0; c < args.columns; ++c) sums[c] = 0;
    const int64_t begin = chunk * kChunkRows, end = args.rows < begin + kChunkRows ? args.rows : begin + kChunkRows;
    source.each(begin * args.columns, end * args.columns, [&](const Piece& at) {
      const Vec dx = source.gradient(at);
      if (args.dx) store_some(static_cast<T*>(args.dx) + at.i, dx, at.m);
      store_some(sums + at.column, load_some(sums + at.column, at.m) + dx, at.m);
    });
  });
  sum_column_chunks({partial, chunks, args.columns}, args.dbias, args.grad_dtype, run.pool);
}

}  // namespace

void activation_forward(const ActivationForwardArgs& args, Run& run) {
  with_elements(args, [&](auto tag, const auto& source) {
    auto* y = static_cast<typename decltype(tag)::type*>(args.y);
    run.pool.ranges(args.rows * args.columns, kGrain, [&](int64_t begin, int64_t end, int) {
      source.each(begin, end, [&](const Piece& at) { store_some(y + at.i, source.value(at), at.m); });
    });
  });
}

void activation_backward(const ActivationBackwardArgs& args, Run& run) {
  with_elements(args, [&](auto tag, const auto& source) {
    using T = typename decltype(tag)::type;
    if (args.dbias) return backward_chunks<T>(args, source, run);
    run.pool.ranges(args.rows * args.columns, kGrain, [&](int64_t begin, int64_t end, int) {
      source.each(begin, end,
                  [&](const Piece& at) { store_some(static_cast<T*>(args.dx) + at.i, source.gradient(at), at.m); });
    });
  });
}

}  // namespace gridstride::cpu::GS_ISA
