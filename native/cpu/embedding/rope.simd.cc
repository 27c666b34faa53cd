// Cosines and sines are made once a token, laid out as the heads' vectors need them.
#include "kernels/embedding/rope.h"

#include "native/cpu/run.h"
#include "native/cpu/simd/shuffle.h"
#include "native/cpu/simd/storage.h"
#include "native/cpu/simd/sum.h"

GS_PER_ISA(void rope(const RopeArgs&, Run&);)

namespace gridstride::cpu::GS_ISA {

namespace {

// One token's table: halves have R / 2 cosines, then R / 2 sines; interleaved pairs have every cosine twice, then every
// sine as (-sin, sin).
void fill_table(const RopeArgs& args, int64_t token, float* table) {
  const auto position =
      static_cast<float>(args.position_dtype == DType::i64 ? static_cast<const int64_t*>(args.positions)[token]
                                                           : static_cast<const int32_t*>(args.positions)[token]);
  for (int64_t k = 0; k < args.pairs; ++k) {
    const float angle = position * args.frequencies[k];
    const float c = __builtin_cosf(angle) * args.factor;
    const float s = __builtin_sinf(angle) * (args.inverse ? -args.factor : args.factor);
    if (args.interleaved) {
      table[2 * k] = table[2 * k + 1] = c;
      table[2 * args.pairs + 2 * k] = -s;
      table[2 * args.pairs + 2 * k + 1] = s;
    } else {
      table[k] = c;
      table[args.pairs + k] = s;
    }
  }
}

template <class T>
void rotate_halves(const float* table, int64_t pairs, const T* x, T* y) {
  each_vector(pairs, [&](int64_t k, int64_t n) {
    const Vec a = load_some(x + k, n), b = load_some(x + pairs + k, n);
    const Vec c = load_some(table + k, n), s = load_some(table + pairs + k, n);
    store_some(y + k, a * c - b * s, n);
    store_some(y + pairs + k, b * c + a * s, n);
  });
}

template <int... kLane>
Vec swap_neighbours(Vec v, std::integer_sequence<int, kLane...>) {
  return shuffle<(kLane ^ 1)...>(v, v);
}

template <class T>
void rotate_interleaved(const float* table, int64_t pairs, const T* x, T* y) {
  each_vector(2 * pairs, [&](int64_t i, int64_t n) {
    const Vec v = load_some(x + i, n), other = swap_neighbours(v, std::make_integer_sequence<int, kLanes>());
    store_some(y + i, v * load_some(table + i, n) + other * load_some(table + 2 * pairs + i, n), n);
  });
}

template <class T>
void token(const RopeArgs& args, int64_t t, float* table) {
  const int64_t rotary = 2 * args.pairs;
  fill_table(args, t, table);
  for (int64_t h = 0; h < args.heads; ++h) {
    const T* x = static_cast<const T*>(args.x) + t * args.x_token_stride + h * args.x_head_stride;
    T* y = static_cast<T*>(args.y) + (t * args.heads + h) * args.size;
    if (args.interleaved)
      rotate_interleaved(table, args.pairs, x, y);
    else
      rotate_halves(table, args.pairs, x, y);
    if (x != y) memcpy(y + rotary, x + rotary, static_cast<size_t>(args.size - rotary) * sizeof(T));
  }
}

}  // namespace

void rope(const RopeArgs& args, Run& run) {
  const int64_t width = 4 * args.pairs + 16;  // the next thread's table lies on another cache line
  auto* tables = static_cast<float*>(run.workspace(run.pool.size() * width * 4));
  const int64_t per_token = args.heads * args.size + 8 * args.pairs;
  const int64_t grain = per_token > 16384 ? 1 : 16384 / (per_token > 0 ? per_token : 1);
  with_storage(args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.ranges(args.tokens, grain, [&](int64_t begin, int64_t end, int thread) {
      for (int64_t t = begin; t < end; ++t) token<T>(args, t, tables + thread * width);
    });
  });
}

}  // namespace gridstride::cpu::GS_ISA
