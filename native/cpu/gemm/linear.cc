#include "kernels/gemm/linear.h"

#include "kernels/math/activation.h"
#include "native/cpu/run.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void linear_forward(const LinearForwardArgs&, Run&); void linear_backward(const LinearBackwardArgs&, Run&);)

namespace gridstride::cpu {

namespace {

template <class T>
void forward(const LinearForwardArgs& args, Pool& pool) {
  const T* w = static_cast<const T*>(args.w);
  const T* bias = static_cast<const T*>(args.bias);
  T* kept = static_cast<T*>(args.pre_activation);
  pool.parallel(args.m, [&](int64_t i, int) {
    const T* x = static_cast<const T*>(args.x) + i * args.x_stride;
    const T* residual = static_cast<const T*>(args.residual) + (args.residual ? i * args.residual_stride : 0);
    T* y = static_cast<T*>(args.y) + i * args.y_stride;
    for (int64_t j = 0; j < args.n; ++j) {
      double z = bias ? widen(bias[j]) : 0.0;
      for (int64_t k = 0; k < args.k; ++k) z += widen(x[k]) * widen(w[j * args.k + k]);
      if (kept) kept[i * args.n + j] = narrow<T>(z);
      y[j] = narrow<T>(activation_value(args.activation, z) + (residual ? widen(residual[j]) : 0.0));
    }
  });
}

template <class T, class G>
struct Backward {
  const LinearBackwardArgs& args;
  double* dz;  // (m, n)

  void fill_dz(int64_t i) const {
    const T* dy = static_cast<const T*>(args.dy) + i * args.dy_stride;
    const T* z = static_cast<const T*>(args.pre_activation);
    for (int64_t j = 0; j < args.n; ++j)
      dz[i * args.n + j] = widen(dy[j]) * (args.activation == Activation::none
                                               ? 1.0
                                               : activation_derivative(args.activation, widen(z[i * args.n + j])));
  }
  void fill_dx(int64_t i) const {
    T* dx = static_cast<T*>(args.dx) + i * args.dx_stride;
    for (int64_t k = 0; k < args.k; ++k) {
      double sum = 0;
      for (int64_t j = 0; j < args.n; ++j)
        sum += dz[i * args.n + j] * widen(static_cast<const T*>(args.w)[j * args.k + k]);
      dx[k] = narrow<T>(sum);
    }
  }
  void fill_dw(int64_t j) const {
    for (int64_t k = 0; k < args.k; ++k) {
      double sum = 0;
      for (int64_t i = 0; i < args.m; ++i)
        sum += dz[i * args.n + j] * widen(static_cast<const T*>(args.x)[i * args.x_stride + k]);
      static_cast<G*>(args.dw)[j * args.k + k] = narrow<G>(sum);
    }
  }
  void fill_dbias(int64_t j) const {
    double sum = 0;
    for (int64_t i = 0; i < args.m; ++i) sum += dz[i * args.n + j];
    static_cast<G*>(args.dbias)[j] = narrow<G>(sum);
  }
};

template <class T, class G>
void backward(const LinearBackwardArgs& args, Run& run) {
  const Backward<T, G> pass{args, static_cast<double*>(run.workspace(args.m * args.n * 8))};
  run.pool.parallel(args.m, [&](int64_t i, int) { pass.fill_dz(i); });
  if (args.dx) run.pool.parallel(args.m, [&](int64_t i, int) { pass.fill_dx(i); });
  if (args.dw) run.pool.parallel(args.n, [&](int64_t j, int) { pass.fill_dw(j); });
  if (args.dbias) run.pool.parallel(args.n, [&](int64_t j, int) { pass.fill_dbias(j); });
}

}  // namespace

void linear_forward(const LinearForwardArgs& args, Run& run) {
  if (!run.is_reference() && is_vectorised(args.dtype)) {
    GS_DISPATCH(run.isa, linear_forward, args, run);
    return;
  }
  with_floating("linear", args.dtype, [&](auto tag) { forward<typename decltype(tag)::type>(args, run.pool); });
}

void linear_backward(const LinearBackwardArgs& args, Run& run) {
  if (!run.is_reference() && is_vectorised(args.dtype)) {
    GS_DISPATCH(run.isa, linear_backward, args, run);
    return;
  }
  with_floating("linear", args.dtype, [&](auto tag) {
    with_floating("linear", args.grad_dtype,
                  [&](auto grad) { backward<typename decltype(tag)::type, typename decltype(grad)::type>(args, run); });
  });
}

}  // namespace gridstride::cpu
