// Reductions over any dimensions, argmax, top-k and segment pooling: plain loops as oracle, instruction sets against
// the reference, finite differences.
#include "kernels/reduce/reduce.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "kernels/reduce/segment_pool.h"
#include "kernels/reduce/top_k.h"
#include "test/native/kernel_compare.h"

namespace gridstride::cpu {
void reduce(const ReduceArgs& args, Run& run);
void arg_reduce(const ArgReduceArgs& args, Run& run);
void reduce_select_backward(const ReduceBackwardArgs& args, Run& run);
void reduce_prod_backward(const ReduceBackwardArgs& args, Run& run);
void top_k(const TopKArgs& args, Run& run);
void segment_pool_forward(const SegmentPoolForwardArgs& args, Run& run);
void segment_pool_backward(const SegmentPoolBackwardArgs& args, Run& run);
}  // namespace gridstride::cpu

namespace gridstride::test {
namespace {

// A contiguous tensor of these sizes, reduced where `reduced` says so.
struct Shape {
  std::vector<int64_t> sizes;
  std::vector<bool> reduced;

  ReduceShape parts() const {
    ReduceShape shape{};
    int64_t step = 1;
    std::vector<int64_t> strides(sizes.size());
    for (size_t d = sizes.size(); d-- > 0; step *= sizes[d]) strides[d] = step;
    for (size_t d = 0; d < sizes.size(); ++d) {
      if (reduced[d]) {
        shape.reduced_sizes[shape.reduced_rank] = sizes[d];
        shape.reduced_strides[shape.reduced_rank++] = strides[d];
      } else {
        shape.kept_sizes[shape.kept_rank] = sizes[d];
        shape.kept_strides[shape.kept_rank++] = strides[d];
      }
    }
    return shape;
  }
  int64_t count() const {
    return product([](bool) { return true; });
  }
  int64_t kept() const {
    return product([](bool r) { return !r; });
  }

  // Elements of x for every kept one, both in order.
  std::vector<std::vector<int64_t>> groups() const {
    std::vector<std::vector<int64_t>> result(static_cast<size_t>(kept()));
    for (int64_t i = 0; i < count(); ++i) {
      int64_t flat = i, k = 0, step = 1;
      for (size_t d = sizes.size(); d-- > 0;) {
        if (!reduced[d]) {
          k += flat % sizes[d] * step;
          step *= sizes[d];
        }
        flat /= sizes[d];
      }
      result[static_cast<size_t>(k)].push_back(i);
    }
    return result;
  }

 private:
  template <class Wanted>
  int64_t product(Wanted wanted) const {
    int64_t n = 1;
    for (size_t d = 0; d < sizes.size(); ++d)
      if (wanted(reduced[d])) n *= sizes[d];
    return n;
  }
};

const Shape kShapes[] = {
    {{1}, {true}},
    {{7, 0}, {false, true}},
    {{0, 7}, {false, true}},
    {{5, 63}, {false, true}},
    {{63, 5}, {true, false}},
    {{700, 530}, {true, false}},
    {{3, 4, 17}, {false, true, false}},
    {{3, 4, 17}, {true, false, true}},
    {{20011}, {true}},
    {{3, 9001}, {false, true}},
    {{2, 3, 4, 5}, {true, false, true, false}},
};

double expected_value(ReduceOp op, const Buffer& x, const std::vector<int64_t>& group) {
  double total = op == ReduceOp::max ? -1e30 : op == ReduceOp::min ? 1e30 : 0;
  for (const int64_t i : group) {
    if (op == ReduceOp::max) total = std::max(total, x.get(i));
    if (op == ReduceOp::min) total = std::min(total, x.get(i));
    if (op <= ReduceOp::mean) total += x.get(i);
  }
  return op == ReduceOp::mean ? total / static_cast<double>(group.size()) : total;
}

void reductions() {
  for (const Shape& shape : kShapes) {
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::f64, DType::i64, DType::i32, DType::u8}) {
      Buffer x(dtype, shape.count(), 1, 50, 60);
      for (const ReduceOp op : {ReduceOp::sum, ReduceOp::mean, ReduceOp::max, ReduceOp::min}) {
        if (op == ReduceOp::mean && !is_floating(dtype)) continue;
        if (op >= ReduceOp::max && shape.sizes.back() == 0) continue;
        const DType result = op == ReduceOp::sum && !is_floating(dtype) ? DType::i64 : dtype;
        const auto name = label("reduce", cpu::Isa::reference, dtype, shape.count(), static_cast<int64_t>(op));
        const Pass pass = [&](cpu::Run& run) {
          Outputs out = {Buffer(result, shape.kept())};
          cpu::reduce({x.data(), out[0].data(), shape.parts(), op, dtype}, run);
          return out;
        };
        compare_with_reference(name, pass, 16);
        const Outputs out = pass(reference_run());
        Buffer expected(result, shape.kept());
        const auto groups = shape.groups();
        for (int64_t k = 0; k < shape.kept(); ++k)
          expected.set(k, expected_value(op, x, groups[static_cast<size_t>(k)]));
        check_close(out[0], expected, 1.01, name + " by hand");
      }
    }
  }
}

// Factors near 1, so that long products stay numbers; integers wrap.
void products() {
  for (const Shape& shape : kShapes) {
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16, DType::f64, DType::i64, DType::u8}) {
      Buffer x(dtype, shape.count(), 6);
      for (int64_t i = 0; i < x.count(); ++i)
        x.set(i, is_floating(dtype) ? std::exp(x.get(i) / 16) : static_cast<double>(i % 5) + 3);
      const DType result = is_floating(dtype) ? dtype : DType::i64;
      const double roundings = static_cast<double>(shape.count()) * epsilon_of(DType::f32) / epsilon_of(dtype);
      compare_with_reference(
          label("product", cpu::Isa::reference, dtype, shape.count()),
          [&](cpu::Run& run) {
            Outputs out = {Buffer(result, shape.kept())};
            cpu::reduce({x.data(), out[0].data(), shape.parts(), ReduceOp::prod, dtype}, run);
            return out;
          },
          is_floating(dtype) ? 4 + roundings : 0);
    }
  }
  const std::vector<int64_t> thirds(50, 3);
  uint64_t wrapped = 1;
  for (int i = 0; i < 50; ++i) wrapped *= 3;
  int64_t y = 0;
  cpu::reduce({thirds.data(), &y, Shape{{50}, {true}}.parts(), ReduceOp::prod, DType::i64}, reference_run());
  check(y == static_cast<int64_t>(wrapped), "products of integers wrap");
}

// Groups without a zero, with one and with two.
void product_gradient() {
  const Shape shape = {{3, 4, 5}, {false, true, false}};
  Buffer x(DType::f64, 60, 4), y(DType::f64, 15), dy(DType::f64, 15, 5), dx(DType::f64, 60);
  for (const int64_t zero : {20, 41, 46}) x.set(zero, 0);
  const auto forward = [&] {
    cpu::reduce({x.data(), y.data(), shape.parts(), ReduceOp::prod, DType::f64}, reference_run());
    return weighted_sum(y, dy);
  };
  cpu::reduce_prod_backward({x.data(), nullptr, dy.data(), dx.data(), shape.parts(), {20, 1}, {5}, DType::f64},
                            reference_run());
  check_gradient("product", x, dx, forward);
  check(dx.get(20) != 0 && dx.get(25) == 0 && dx.get(41) == 0, "the only zero of a product has a gradient");
}

void arg_reductions() {
  for (const Shape& shape : kShapes) {
    if (shape.count() == 0) continue;
    for (const DType dtype : {DType::f32, DType::bf16, DType::i64}) {
      Buffer x(dtype, shape.count(), 2, 5, 6);
      for (const ReduceOp op : {ReduceOp::max, ReduceOp::min}) {
        Buffer y(DType::i64, shape.kept());
        cpu::arg_reduce({x.data(), y.data(), shape.parts(), op, dtype}, machine_with(2).run());
        bool match = true;
        const auto groups = shape.groups();
        for (int64_t k = 0; k < shape.kept(); ++k) {
          const auto& group = groups[static_cast<size_t>(k)];
          const auto less = [&](int64_t a, int64_t b) { return x.get(a) < x.get(b); };
          const auto best = op == ReduceOp::max ? std::max_element(group.begin(), group.end(), less)
                                                : std::min_element(group.begin(), group.end(), less);
          match &= y.get(k) == static_cast<double>(best - group.begin());
        }
        check(match, label("arg_reduce", cpu::Isa::reference, dtype, shape.count()));
      }
    }
  }
}

void special_values() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Shape shape = {{2, 40}, {false, true}};
  for (const cpu::Isa isa : cpu::available_isas()) {
    cpu::Run& run = machine_with(1).with(isa);
    Buffer x(DType::f32, 80, 3), y(DType::f32, 2), at(DType::i64, 2);
    x.set(7, nan), x.set(9, nan), x.set(79, nan);
    for (const ReduceOp op : {ReduceOp::max, ReduceOp::min}) {
      cpu::reduce({x.data(), y.data(), shape.parts(), op, DType::f32}, run);
      check(std::isnan(y.get(0)) && std::isnan(y.get(1)), "NaN wins in max and min");
      cpu::arg_reduce({x.data(), at.data(), shape.parts(), op, DType::f32}, run);
      check(at.get(0) == 7 && at.get(1) == 39, "and its first position is found");
    }
    const Shape empty = {{3, 0}, {false, true}};
    Buffer none(DType::f32, 0), three(DType::f32, 3);
    check(error_of([&] {
            cpu::reduce({none.data(), three.data(), empty.parts(), ReduceOp::max, DType::f32}, run);
          }) == ErrorCode::kShape,
          "the maximum of nothing throws");
  }
}

void select_gradient() {
  const Shape shape = {{3, 4, 5}, {false, true, false}};
  Buffer x(DType::f64, 60, 4), y(DType::f64, 15), dy(DType::f64, 15, 5), dx(DType::f64, 60);
  const auto forward = [&] {
    cpu::reduce({x.data(), y.data(), shape.parts(), ReduceOp::max, DType::f64}, reference_run());
    return weighted_sum(y, dy);
  };
  forward();
  cpu::reduce_select_backward({x.data(), y.data(), dy.data(), dx.data(), shape.parts(), {20, 1}, {5}, DType::f64},
                              reference_run());
  check_gradient("max", x, dx, forward);
  for (int i = 0; i < 60; ++i) x.set(i, 1);
  forward();
  cpu::reduce_select_backward({x.data(), y.data(), dy.data(), dx.data(), shape.parts(), {20, 1}, {5}, DType::f64},
                              reference_run());
  bool first = true;
  for (int i = 0; i < 60; ++i) first &= dx.get(i) == (i % 20 < 5 ? dy.get(i / 20 * 5 + i % 5) : 0);
  check(first, "equal elements: the first takes the gradient");
}

void top_k() {
  for (const DType dtype : {DType::f32, DType::bf16, DType::i64}) {
    for (const int32_t smallest : {0, 1}) {
      constexpr int64_t kRows = 6, kColumns = 41, kStride = 43;
      Buffer x(dtype, kRows * kStride, 6, 8);
      for (int64_t i = 0; i < x.count(); ++i) x.set(i, std::floor(x.get(i)));  // few distinct values: ties
      for (const int64_t k : {0, 1, 5, 41}) {
        Buffer values(dtype, kRows * k), indices(DType::i64, kRows * k);
        cpu::top_k({x.data(), values.data(), indices.data(), kRows, kColumns, kStride, k, smallest, dtype},
                   machine_with(2).run());
        bool match = true;
        for (int64_t r = 0; r < kRows; ++r) {
          std::vector<int64_t> order(kColumns);
          std::iota(order.begin(), order.end(), int64_t{0});
          std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
            const double u = x.get(r * kStride + a), v = x.get(r * kStride + b);
            return smallest ? u < v : u > v;
          });
          for (int64_t i = 0; i < k; ++i) {
            const int64_t index = order[static_cast<size_t>(i)];
            match &= indices.get(r * k + i) == static_cast<double>(index);
            match &= values.get(r * k + i) == x.get(r * kStride + index);
          }
        }
        check(match, label("top_k", cpu::Isa::reference, dtype, k, smallest));
      }
    }
  }
}

void segment_pool() {
  constexpr int64_t kRows = 23, kSegments = 4, kChannels = 300;
  const std::vector<int32_t> bounds = {0, 7, 7, 8, 20};  // one empty segment, three rows of padding
  for (const PoolKind kind : {PoolKind::mean, PoolKind::max, PoolKind::first, PoolKind::last}) {
    for (const DType dtype : {DType::f32, DType::bf16, DType::f64}) {
      const int64_t channels = dtype == DType::f64 ? 3 : kChannels;
      Buffer x(dtype, kRows * channels, 7), dy(dtype, kSegments * channels, 8);
      const Pass pass = [&](cpu::Run& run) {
        Outputs out = {Buffer(dtype, kSegments * channels), Buffer(DType::i32, kSegments * channels),
                       Buffer(dtype, kRows * channels)};
        int32_t* arg_max = kind == PoolKind::max ? out[1].as<int32_t>() : nullptr;
        cpu::segment_pool_forward(
            {x.data(), bounds.data(), out[0].data(), arg_max, kRows, kSegments, channels, kind, dtype}, run);
        cpu::segment_pool_backward(
            {dy.data(), bounds.data(), arg_max, out[2].data(), kRows, kSegments, channels, kind, dtype}, run);
        return out;
      };
      compare_with_reference("segment_pool", pass, 4);
      const Outputs out = pass(reference_run());
      bool zeros = true;
      for (int64_t c = 0; c < channels; ++c)
        zeros &= out[0].get(channels + c) == 0 && out[2].get(20 * channels + c) == 0;
      check(zeros, "an empty segment pools to zero, padding gets no gradient");
      if (dtype == DType::f64)
        check_gradient("segment_pool", x, out[2], [&] { return weighted_sum(pass(reference_run())[0], dy); });
    }
  }
  const std::vector<int32_t> falling = {0, 5, 3}, beyond = {0, 5, 24};
  Buffer x(DType::f32, kRows, 1), y(DType::f32, 2);
  for (const auto* bad : {&falling, &beyond})
    check(error_of([&] {
            cpu::segment_pool_forward(
                {x.data(), bad->data(), y.data(), nullptr, kRows, 2, 1, PoolKind::mean, DType::f32}, reference_run());
          }) == ErrorCode::kData,
          "bad bounds are named");
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride;
  test::reductions();
  test::arg_reductions();
  test::special_values();
  test::select_gradient();
  test::products();
  test::product_gradient();
  test::top_k();
  test::segment_pool();
  return test::close();
}
