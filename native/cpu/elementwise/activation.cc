#include "kernels/math/activation.h"

#include "kernels/elementwise/activation.h"
#include "native/cpu/random/draw.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void activation_forward(const ActivationForwardArgs&, Run&);)
GS_PER_ISA(void activation_backward(const ActivationBackwardArgs&, Run&);)

namespace gridstride::cpu {

namespace {

constexpr int64_t kGrain = 4096, kColumns = 16;

// What forward and backward apply the activation, or its derivative, to.
template <class T, class Args>
double biased(const Args& args, int64_t i) {
  const T* bias = static_cast<const T*>(args.bias);
  return widen(static_cast<const T*>(args.x)[i]) + (bias ? widen(bias[i % args.columns]) : 0.0);
}

template <class T>
double gradient(const ActivationBackwardArgs& args, int64_t i) {
  return activation_derivative(args.kind, biased<T>(args, i)) *
         drop_element(args.dropout, widen(static_cast<const T*>(args.dy)[i]), i);
}

template <class T, class G>
void sum_bias(const ActivationBackwardArgs& args, Pool& pool) {
  pool.ranges(args.columns, kColumns, [&](int64_t begin, int64_t end, int) {
    for (int64_t c = begin; c < end; ++c) {
      double sum = 0;
      for (int64_t row = 0; row < args.rows; ++row) sum += gradient<T>(args, row * args.columns + c);
      static_cast<G*>(args.dbias)[c] = narrow<G>(sum);
    }
  });
}

template <class T>
void backward(const ActivationBackwardArgs& args, Pool& pool) {
  if (args.dbias)  // first: dx may be dy
    with_floating("activation", args.grad_dtype,
                  [&](auto grad) { sum_bias<T, typename decltype(grad)::type>(args, pool); });
  if (!args.dx) return;
  pool.ranges(args.rows * args.columns, kGrain, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) static_cast<T*>(args.dx)[i] = narrow<T>(gradient<T>(args, i));
  });
}

}  // namespace

void activation_forward(const ActivationForwardArgs& args, Run& run) {
  if (!run.is_reference() && is_vectorised(args.dtype)) {
    GS_DISPATCH(run.isa, activation_forward, args, run);
    return;
  }
  with_floating("activation", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.ranges(args.rows * args.columns, kGrain, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; ++i)
        static_cast<T*>(args.y)[i] =
            narrow<T>(drop_element(args.dropout, activation_value(args.kind, biased<T>(args, i)), i));
    });
  });
}

void activation_backward(const ActivationBackwardArgs& args, Run& run) {
  if (!run.is_reference() && is_vectorised(args.dtype)) {
    GS_DISPATCH(run.isa, activation_backward, args, run);
    return;
  }
  with_floating("activation", args.dtype, [&](auto tag) { backward<typename decltype(tag)::type>(args, run.pool); });
}

}  // namespace gridstride::cpu
