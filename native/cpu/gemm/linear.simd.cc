#include "kernels/gemm/linear.h"

#include "native/cpu/gemm/gemm.h"
#include "native/cpu/gemm/pack.h"
#include "native/cpu/run.h"
#include "native/cpu/simd/activation.h"
#include "native/cpu/simd/column_sums.h"

GS_PER_ISA(void linear_forward(const LinearForwardArgs&, Run&); void linear_backward(const LinearBackwardArgs&, Run&);)

namespace gridstride::cpu::GS_ISA {

namespace {

constexpr int64_t kChunkRows = 64;  // rows whose dbias is summed first
constexpr int64_t kChunkCols = 256;

// How linear_backward cuts its one block of scratch, in bytes.
struct Scratch {
  char* dz;       // (m, n), when there is an activation: bf16 where products of bf16 take it, else f32
  char* partial;  // (chunks, n) f32
  char* gemm;
};

Gemm linear_gemm(const LinearForwardArgs& args, const MicroKernel* bf16) {
  Gemm g{};
  g.bf16 = bf16;
  g.a = {args.x, args.x_stride, 1, 0, 0, args.dtype};
  g.b = {args.w, 1, args.k, 0, 0, args.dtype};
  g.c = {args.y, args.bias, args.residual,   args.pre_activation, args.y_stride, 0, 0, args.residual_stride,
         args.n, 1.0f,      args.activation, args.dtype};
  g.outer = g.inner = 1;
  g.m = args.m, g.n = args.n, g.k = args.k;
  return g;
}

// dx (m, k) = dz (m, n) W (n, k).
Gemm input_gemm(const LinearBackwardArgs& args, const GemmOperand& dz, const MicroKernel* bf16) {
  Gemm g{};
  g.bf16 = bf16;
  g.a = dz;
  g.b = {args.w, args.k, 1, 0, 0, args.dtype};
  g.c = {args.dx, nullptr, nullptr, nullptr, args.dx_stride, 0, 0, 0, 0, 1.0f, Activation::none, args.dtype};
  g.outer = g.inner = 1;
  g.m = args.m, g.n = args.k, g.k = args.n;
  return g;
}

// dW (n, k) = dz^T x, rows summed in order, one block of depth after the other.
Gemm weight_gemm(const LinearBackwardArgs& args, const GemmOperand& dz, const MicroKernel* bf16) {
  Gemm g{};
  g.bf16 = bf16;
  g.a = {dz.data, 1, dz.row, 0, 0, dz.dtype};
  g.b = {args.x, args.x_stride, 1, 0, 0, args.dtype};
  g.c = {args.dw, nullptr, nullptr, nullptr, args.k, 0, 0, 0, 0, 1.0f, Activation::none, args.grad_dtype};
  g.outer = g.inner = 1;
  g.m = args.n, g.n = args.k, g.k = args.m;
  return g;
}

// Rows [begin, end) x columns [col, col + cols) of dz, and their sums.
template <class T, Activation kActivation, class Z>
void scan_chunk(const LinearBackwardArgs& args, int64_t begin, int64_t end, int64_t col, int64_t cols, Z* dz,
                float* sums) {
  const T* dy = static_cast<const T*>(args.dy) + col;
  constexpr bool kActivated = kActivation != Activation::none;
  const T* z = kActivated ? static_cast<const T*>(args.pre_activation) + col : nullptr;
  for (int64_t j = 0; j < cols; j += kLanes) {
    const int64_t left = cols - j;
    Vec sum{};
    for (int64_t i = begin; i < end; ++i) {
      Vec value = load_up_to(dy + i * args.dy_stride + j, left);
      if (kActivated) {
        value *= activation_derivative<kActivation>(load_up_to(z + i * args.n + j, left));
        store_up_to(dz + i * args.n + col + j, value, left);
      }
      sum += value;
    }
    store_up_to(sums + col + j, sum, left);
  }
}

// dz into scratch where there is an activation, and the sums of each chunk of rows.
template <class Z>
void scan(const LinearBackwardArgs& args, Pool& pool, const Scratch& scratch) {
  const int64_t col_chunks = divide_up(args.n, kChunkCols), chunks = divide_up(args.m, kChunkRows);
  pool.parallel(chunks * col_chunks, [&](int64_t task, int) {
    const int64_t chunk = task / col_chunks, begin = chunk * kChunkRows, col = task % col_chunks * kChunkCols;
    with_storage(args.dtype, [&](auto tag) {
      with_activation(args.activation, [&](auto kind) {
        scan_chunk<typename decltype(tag)::type, decltype(kind)::value>(
            args, begin, smaller(args.m, begin + kChunkRows), col, smaller(kChunkCols, args.n - col),
            reinterpret_cast<Z*>(scratch.dz), reinterpret_cast<float*>(scratch.partial) + chunk * args.n);
      });
    });
  });
}

}  // namespace

void linear_forward(const LinearForwardArgs& args, Run& run) {
  Gemm g = linear_gemm(args, bf16_kernel(run.dot, run.is_plain));
  g.b_is_packed = run.packed_weight && run.packed_weight == args.w;
  gemm(g, run.pool, run.scratch(run.scratch_owner, gemm_workspace(g, run.pool.size())));
}

void linear_backward(const LinearBackwardArgs& args, Run& run) {
  const bool activated = args.activation != Activation::none;
  const MicroKernel* bf16 = bf16_kernel(run.dot, run.is_plain);
  GemmOperand dz{args.dy, args.dy_stride, 1, 0, 0, args.dtype};
  if (activated) dz = {nullptr, args.n, 1, 0, 0, bf16 && args.dtype == DType::bf16 ? DType::bf16 : DType::f32};
  const int threads = run.pool.size();
  const int64_t dz_bytes = activated ? round_up(args.m * args.n * dtype_size(dz.dtype), 64) : 0;
  const int64_t partial_bytes = round_up(divide_up(args.m, kChunkRows) * args.n * 4, 64);
  const int64_t gemm_bytes = larger(args.dx ? gemm_workspace(input_gemm(args, dz, bf16), threads) : 0,
                                    args.dw ? gemm_workspace(weight_gemm(args, dz, bf16), threads) : 0);
  char* block = static_cast<char*>(run.scratch(run.scratch_owner, dz_bytes + partial_bytes + gemm_bytes));
  const Scratch scratch{block, block + dz_bytes, block + dz_bytes + partial_bytes};
  if (activated) dz.data = scratch.dz;
  if (activated || args.dbias)
    dz.dtype == DType::bf16 ? scan<BFloat16>(args, run.pool, scratch) : scan<float>(args, run.pool, scratch);
  if (args.dbias)
    sum_column_chunks({reinterpret_cast<const float*>(scratch.partial), divide_up(args.m, kChunkRows), args.n},
                      args.dbias, args.grad_dtype, run.pool);
  if (args.dx) gemm(input_gemm(args, dz, bf16), run.pool, scratch.gemm);
  if (args.dw) gemm(weight_gemm(args, dz, bf16), run.pool, scratch.gemm);
}

}  // namespace gridstride::cpu::GS_ISA
