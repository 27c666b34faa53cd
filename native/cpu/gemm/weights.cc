#include "native/cpu/gemm/weights.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "kernels/gemm/linear.h"
#include "native/core/abi.gen.h"

namespace gridstride::cpu {

namespace {

// A weight that comes and goes between forward passes and others pays for each change: it must prove itself for longer
// each time.
constexpr int64_t kMostPatience = 1 << 20;

float* scratch_for(const WeightPanels& weight, const Run& run) {
  return static_cast<float*>(run.workspace(weight.panel * weight.row_lanes * 4 * run.pool.size()));
}

void restore(Storage& storage, const Run& run) {
  Arrangement& a = storage.arrangement();
  a.uses = 0;
  if (a.rows == 0) return;
  const WeightPanels weight{static_cast<float*>(storage.data()), a.rows, a.row_lanes, a.panel};
  GS_DISPATCH(run.isa, unpack_weight, weight, run.pool, scratch_for(weight, run));
  a.rows = 0;
  a.patience = std::min(a.patience * 4, kMostPatience);
}

// The kernel that takes the weight as it is, without converting it.
const MicroKernel* kernel_for(const LinearForwardArgs& args, const Run& run) {
  const MicroKernel* kernel = nullptr;
  if (args.dtype == DType::bf16) kernel = bf16_kernel(run.dot, run.is_plain);
  if (args.dtype == DType::f32) GS_DISPATCH(run.isa, find_float_kernel, &kernel);
  return kernel;
}

// Whether the weight lies in panels of its kernel, which it does after long enough a wait, if its panels are whole.
bool pack(const Slot& slot, const LinearForwardArgs& args, const Run& run) {
  Storage& storage = *slot.storage;
  Arrangement& a = storage.arrangement();
  const int64_t bytes = args.n * args.k * dtype_size(args.dtype);
  const bool is_whole = slot.byte_offset == 0 && storage.bytes() == bytes && bytes > 0;
  if (is_whole && a.rows == args.n) return true;
  if (a.rows > 0) restore(storage, run);  // a view of other rows
  const MicroKernel* kernel = kernel_for(args, run);
  if (!is_whole || !kernel || args.n % kernel->panel != 0 || args.k % kDepthUnit != 0) return false;
  if (++a.uses < a.patience) return false;
  const WeightPanels weight{static_cast<float*>(storage.data()), args.n, bytes / args.n / 4, kernel->panel};
  GS_DISPATCH(run.isa, pack_weight, weight, run.pool, scratch_for(weight, run));
  a.rows = weight.rows, a.row_lanes = weight.row_lanes, a.panel = weight.panel;
  return true;
}

bool is_weight(const Record& record, const Slot& slot) {
  return record.kind == RecordKind::launch && record.op == OpId::linear_forward &&
         slot.args_offset == offsetof(LinearForwardArgs, w);
}

}  // namespace

const void* prepare_weights(const Record& record, const Run& run) {
  if (run.is_reference()) return nullptr;
  const Slot* weight = nullptr;
  for (const Slot& slot : record.slots)
    if (is_weight(record, slot)) weight = &slot;
  for (const Slot& slot : record.slots)
    if (&slot != weight) {
      restore(*slot.storage, run);
      if (weight && slot.storage == weight->storage) weight = nullptr;
    }
  if (!weight) return nullptr;
  LinearForwardArgs args;
  memcpy(&args, record.args.data(), sizeof args);
  return pack(*weight, args, run) ? weight->storage->data() : nullptr;
}

}  // namespace gridstride::cpu
