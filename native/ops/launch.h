// How native/ops fills and submits a record: set args, name the tensors behind its pointers, submit.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>

#include "native/core/abi.gen.h"
#include "native/core/record.h"

namespace gridstride::ops {

// With GRIDSTRIDE_DEBUG=1, where JavaScript called the op that is being submitted.
extern thread_local std::string current_js_stack;

// Adds a record to its device's queue and to the recording of the calling thread, if any.
void submit(Device& device, Record record);

template <class Args>
class Launch {
  static_assert(std::is_trivially_copyable_v<Args>);

 public:
  Args args{};

  explicit Launch(OpId op) { record_.op = op; }

  // `pointer` is a field of args. An absent (empty) tensor leaves it null.
  template <class Pointer>
  void read(Pointer& pointer, const Tensor& x) {
    add(&pointer, x, Access::read);
  }
  template <class Pointer>
  void write(Pointer& pointer, const Tensor& x) {
    add(&pointer, x, Access::write);
  }
  template <class Pointer>
  void update(Pointer& pointer, const Tensor& x) {
    add(&pointer, x, Access::update);
  }
  template <class Pointer>
  void touch(Pointer& pointer, const Tensor& x, Access access) {
    add(&pointer, x, access);
  }

  // `flops` and `bytes`: what the op has to do at least; bytes 0 means every slot once.
  void submit(double flops, double bytes = 0) {
    const auto* begin = reinterpret_cast<const std::byte*>(&args);
    record_.args.assign(begin, begin + sizeof args);
    record_.cost = {flops, bytes > 0 ? bytes : slot_bytes_};
    ops::submit(*device_, std::move(record_));
  }

 private:
  template <class Pointer>
  void add(Pointer* pointer, const Tensor& x, Access access) {
    static_assert(std::is_pointer_v<Pointer>);
    if (!x) return;
    const auto at = reinterpret_cast<const std::byte*>(pointer) - reinterpret_cast<const std::byte*>(&args);
    const int64_t element = dtype_size(x.dtype);
    const auto bytes = x.numel() * element;
    device_ = &x.device();
    slot_bytes_ += static_cast<double>(bytes) * (access == Access::update ? 2 : 1);
    if (access == Access::write) record_.new_bytes += bytes;
    record_.slots.push_back({static_cast<uint16_t>(at), access, x.dtype, x.shape, x.offset * element, x.storage});
  }

  Record record_;
  Device* device_ = nullptr;
  double slot_bytes_ = 0;
};

}  // namespace gridstride::ops
