// Weights that stay in their kernel's panels: when they are packed, that panels hold what they say, and that nothing
// but a linear layer's forward pass ever sees them so.
#include "native/cpu/gemm/weights.h"

#include <cstddef>

#include "kernels/gemm/linear.h"
#include "native/core/abi.gen.h"
#include "test/native/core/fake_device.h"
#include "test/native/kernel_check.h"

namespace gridstride::test {
namespace {

constexpr int64_t kRows = 64, kDepth = 96;

// A weight (64, 96), filled with a fixed sequence, and the records that touch it.
struct Weight {
  FakeDevice fake;
  DType dtype;
  int64_t bytes;
  std::shared_ptr<Storage> storage;
  std::vector<char> order;

  explicit Weight(DType type)
      : dtype(type), bytes(kRows * kDepth * dtype_size(type)), storage(fake.device.new_storage(bytes)) {
    const Buffer values(type, kRows * kDepth, 3);
    order = values.bytes();
    memcpy(storage->fill_in_place(), order.data(), order.size());
  }
  bool in_order() const { return memcmp(storage->data(), order.data(), order.size()) == 0; }

  Record forward(int64_t n = kRows, int64_t k = kDepth, int64_t offset = 0, int64_t m = 17) const {
    Record record;
    record.op = OpId::linear_forward;
    LinearForwardArgs args{};
    args.m = m, args.n = n, args.k = k, args.dtype = dtype;
    record.args.resize(sizeof args);
    memcpy(record.args.data(), &args, sizeof args);
    record.slots.push_back(
        {static_cast<uint16_t>(offsetof(LinearForwardArgs, w)), Access::read, dtype, {}, offset, storage});
    return record;
  }
  Record other(RecordKind kind, OpId op, Access access) const {
    Record record;
    record.kind = kind;
    record.op = op;
    record.slots.push_back({0, access, dtype, {}, 0, storage});
    return record;
  }
};

// The element at (row, depth) of panels: pairs of bf16 lie side by side.
double at_panels(const Weight& w, const cpu::MicroKernel& kernel, int64_t row, int64_t depth) {
  const int64_t together = w.dtype == DType::bf16 ? 2 : 1, panel = kernel.panel;
  const int64_t index =
      row / panel * panel * kDepth + (depth / together * panel + row % panel) * together + depth % together;
  Buffer all(w.dtype, kRows * kDepth);
  memcpy(all.data(), w.storage->data(), static_cast<size_t>(w.bytes));
  return all.get(index);
}

void check_set(const cpu::InstructionSet& set, DType dtype, const cpu::MicroKernel& kernel) {
  Machine machine(set, 2);
  const cpu::Run& run = machine.run();
  Weight w(dtype);
  const std::string name = "weights " + set_name(set) + " " + dtype_name(dtype) + ": ";
  const auto use = [&](const Record& record) { return cpu::prepare_weights(record, run); };
  check(use(w.forward()) == nullptr && w.in_order(), name + "one use packs nothing");
  check(use(w.forward()) == w.storage->data() && !w.in_order(), name + "the second one does");
  check(use(w.forward()) == w.storage->data(), name + "it stays packed");
  const Buffer values(dtype, kRows * kDepth, 3);
  bool same = true;
  for (int64_t i = 0; i < kRows; ++i)
    for (int64_t k = 0; k < kDepth; ++k) same &= at_panels(w, kernel, i, k) == values.get(i * kDepth + k);
  check(same, name + "panels hold the weight");
  const auto pack_again = [&] {
    for (int64_t i = 0; i < w.storage->arrangement().patience; ++i) use(w.forward());
    return w.storage->arrangement().rows == kRows;
  };
  const auto restores = [&](const char* what, const Record& record) {
    check(use(record) == nullptr && w.in_order(), name + what + " sees it in order");
    check(pack_again(), name + "packed again after " + what);
  };
  restores("a read", w.other(RecordKind::download, OpId{}, Access::read));
  restores("an upload", w.other(RecordKind::upload, OpId{}, Access::write));
  restores("a backward pass", w.other(RecordKind::launch, OpId::linear_backward, Access::read));
  restores("an optimizer", w.other(RecordKind::launch, OpId::adamw, Access::update));
  restores("a view of some rows", w.forward(kRows / 2, kDepth, kRows / 2 * kDepth * dtype_size(dtype)));
  restores("a view of another shape", w.forward(kRows * 2, kDepth / 2));
  restores("a product of few rows", w.forward(kRows, kDepth, 0, 16));
  Record twice = w.forward();
  twice.slots.push_back({static_cast<uint16_t>(offsetof(LinearForwardArgs, x)), Access::read, dtype, {}, 0, w.storage});
  restores("a product with itself", twice);
}

// Each change costs, so a weight that comes and goes has to wait for longer.
void check_patience() {
  Machine machine(cpu::best_isa(), 1);
  Weight w(DType::f32);
  int64_t packed = 0;
  for (int64_t i = 0; i < 1000; ++i) {
    for (int use = 0; use < 3; ++use) cpu::prepare_weights(w.forward(), machine.run());
    packed += w.storage->arrangement().rows > 0;
    cpu::prepare_weights(w.other(RecordKind::download, OpId{}, Access::read), machine.run());
  }
  check(packed == 1, "weights: patience, packed " + std::to_string(packed) + " times");
}

// Panels that would not be whole, and what no kernel takes as it is, stay.
void check_others() {
  Machine machine(cpu::best_set(), 1);
  Weight w(DType::f32), half(DType::f16);
  for (int i = 0; i < 9; ++i) {
    check(!cpu::prepare_weights(w.forward(kRows * kDepth / 16, 16), machine.run()), "weights: a depth of 16 stays");
    check(!cpu::prepare_weights(half.forward(), machine.run()), "weights: f16 stays");
  }
  check(w.in_order() && half.in_order(), "weights: unchanged");
}

void check_all() {
  for (const cpu::InstructionSet& set : product_sets()) {
    if (const auto* kernel = cpu::bf16_kernel(set.dot, set.is_plain)) {
      check_set(set, DType::bf16, *kernel);
      continue;
    }
    const cpu::MicroKernel* kernel = nullptr;
    GS_DISPATCH(set.isa, find_float_kernel, &kernel);
    check_set(set, DType::f32, *kernel);
  }
  check_patience();
  check_others();
}

}  // namespace
}  // namespace gridstride::test

int main() {
  gridstride::test::check_all();
  return gridstride::test::close();
}
