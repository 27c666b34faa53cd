// What a reduction keeps of the elements it has seen. A fold has
//   State                    what is kept; context(k): what output k needs beside it
//   start(), take(...)       nothing seen; one more element, `index` its position among the reduced ones
//   join(a, b)               of two parts, in any order
//   write(k, state)          to the output
#pragma once

#include "kernels/common/values.cuh"
#include "kernels/reduce/reduce.h"

namespace gridstride {

struct NoContext {};

// x as seen by another lane of the warp.
template <class State>
__device__ __forceinline__ State from_lane(const State& x, int distance) {
  return __shfl_xor_sync(kAllLanes, x, distance);
}

template <class W>
__device__ __forceinline__ W lowest_of() {
  if constexpr (std::is_same_v<W, float>)
    return -__builtin_huge_valf();
  else
    return static_cast<W>(uint64_t{1} << 63);
}

template <class W>
__device__ __forceinline__ W highest_of() {
  if constexpr (std::is_same_v<W, float>)
    return __builtin_huge_valf();
  else
    return static_cast<W>(~uint64_t{0} >> 1);
}

// Integers wrap.
__device__ __forceinline__ float multiply(float a, float b) { return a * b; }
__device__ __forceinline__ int64_t multiply(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

// Sum, mean, maximum, minimum, product: f32 for floating dtypes, i64 for the others. NaN wins in maximum and minimum.
template <class T>
struct ValueFold {
  using W = Wide<T>;
  using State = W;
  void* y;
  ReduceOp op;
  float count;  // of reduced elements

  __device__ __forceinline__ NoContext context(int64_t) const { return {}; }
  __device__ __forceinline__ State start() const {
    if (op == ReduceOp::max) return lowest_of<W>();
    if (op == ReduceOp::min) return highest_of<W>();
    return op == ReduceOp::prod ? 1 : 0;
  }
  __device__ __forceinline__ State join(State a, State b) const {
    if (op == ReduceOp::max) return a > b || a != a ? a : b;
    if (op == ReduceOp::min) return a < b || a != a ? a : b;
    if (op == ReduceOp::prod) return multiply(a, b);
    return a + b;
  }
  __device__ __forceinline__ void take(State& state, NoContext, W value, int64_t) const { state = join(state, value); }
  __device__ __forceinline__ void write(int64_t k, State state) const {
    if constexpr (std::is_same_v<W, float>) {
      static_cast<T*>(y)[k] = narrow<T>(op == ReduceOp::mean ? state / count : state);
    } else if (op == ReduceOp::sum || op == ReduceOp::prod) {
      static_cast<int64_t*>(y)[k] = state;
    } else {
      static_cast<T*>(y)[k] = narrow_wide<T>(state);
    }
  }
};

// An element and its position; -1: none. `filler` stands where f32 would leave padding, which copies would read unset.
template <class W>
struct Place {
  W value;
  W filler;
  int64_t index;
};
template <class W>
__device__ __forceinline__ Place<W> from_lane(const Place<W>& x, int distance) {
  return {from_lane(x.value, distance), 0, from_lane(x.index, distance)};
}

// Position of the maximum or minimum: the first one, or the first NaN.
template <class T>
struct ArgFold {
  using W = Wide<T>;
  using State = Place<W>;
  int64_t* y;
  int32_t largest;

  __device__ __forceinline__ NoContext context(int64_t) const { return {}; }
  __device__ __forceinline__ State start() const { return {0, 0, -1}; }
  __device__ __forceinline__ State join(State a, State b) const {
    if (a.index < 0 || b.index < 0) return a.index < 0 ? b : a;
    const bool a_is_nan = a.value != a.value, b_is_nan = b.value != b.value;
    if (a_is_nan != b_is_nan) return a_is_nan ? a : b;
    if (a_is_nan || a.value == b.value) return a.index < b.index ? a : b;
    return (a.value > b.value) == (largest != 0) ? a : b;
  }
  __device__ __forceinline__ void take(State& state, NoContext, W value, int64_t index) const {
    state = join(state, {value, 0, index});
  }
  __device__ __forceinline__ void write(int64_t k, State state) const { y[k] = state.index; }
};

// The product of the elements that are not zero, and how many are. f64: the product of the others may be an f32 where
// that of all is none.
struct Product {
  double value, zeros;
};
__device__ __forceinline__ Product from_lane(const Product& x, int distance) {
  return {from_lane(x.value, distance), from_lane(x.zeros, distance)};
}

// What the gradient of a product needs.
struct ProductFold {
  using State = Product;
  Product* y;

  __device__ __forceinline__ NoContext context(int64_t) const { return {}; }
  __device__ __forceinline__ State start() const { return {1, 0}; }
  __device__ __forceinline__ State join(State a, State b) const { return {a.value * b.value, a.zeros + b.zeros}; }
  __device__ __forceinline__ void take(State& state, NoContext, float value, int64_t) const {
    if (value == 0)
      state.zeros += 1;
    else
      state.value *= static_cast<double>(value);
  }
  __device__ __forceinline__ void write(int64_t k, State state) const { y[k] = state; }
};

// Position of the first element that equals output k of a maximum or minimum (NaN equals NaN).
template <class T>
struct MatchFold {
  using State = int64_t;
  const T* target;
  int64_t* y;

  __device__ __forceinline__ float context(int64_t k) const { return widen(target[k]); }
  __device__ __forceinline__ State start() const { return highest_of<int64_t>(); }
  __device__ __forceinline__ State join(State a, State b) const { return a < b ? a : b; }
  __device__ __forceinline__ void take(State& state, float wanted, float value, int64_t index) const {
    if (value == wanted || (value != value && wanted != wanted)) state = join(state, index);
  }
  __device__ __forceinline__ void write(int64_t k, State state) const { y[k] = state; }
};

}  // namespace gridstride
