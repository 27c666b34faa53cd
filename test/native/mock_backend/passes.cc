// The few passes that the tests of the crossing need, as plain loops.
#include <cstring>

#include "native/core/abi.gen.h"
#include "native/ops/op_list.h"
#include "test/native/mock_backend/state.h"

namespace gridstride::mock {

namespace {

struct View {
  const State& state;
  const GsStream* stream;
  const int64_t* sizes;
  int32_t rank;

  // Element number `flat` of a strided operand, checked against the live allocations.
  template <class T>
  T* at(const void* data, const int64_t* strides, int64_t flat) const {
    int64_t offset = 0;
    for (int32_t i = rank - 1; i >= 0; --i) {
      offset += flat % sizes[i] * strides[i];
      flat /= sizes[i];
    }
    auto* element = static_cast<T*>(const_cast<void*>(data)) + offset;
    if (!state.is_inside(stream, element, sizeof(T))) throw std::string("a pointer lies outside the live allocations");
    return element;
  }
  int64_t numel() const {
    int64_t total = 1;
    for (int32_t i = 0; i < rank; ++i) total *= sizes[i];
    return total;
  }
};

template <class T>
void copy_elements(const View& view, const CopyArgs& args) {
  for (int64_t i = 0; i < view.numel(); ++i)
    *view.at<T>(args.y, args.y_strides, i) = *view.at<T>(args.x, args.x_strides, i);
}

bool copy(const State& state, const GsStream* stream, const CopyArgs& args) {
  const View view{state, stream, args.sizes, args.rank};
  switch (dtype_size(args.dtype)) {
    case 1:
      copy_elements<uint8_t>(view, args);
      return true;
    case 2:
      copy_elements<uint16_t>(view, args);
      return true;
    case 4:
      copy_elements<uint32_t>(view, args);
      return true;
    default:
      copy_elements<uint64_t>(view, args);
      return true;
  }
}

bool fill(const State& state, const GsStream* stream, const FillArgs& args) {
  if (args.dtype != DType::f32) return false;
  const View view{state, stream, args.sizes, args.rank};
  for (int64_t i = 0; i < view.numel(); ++i)
    *view.at<float>(args.y, args.y_strides, i) = static_cast<float>(args.value);
  return true;
}

bool add(const State& state, const GsStream* stream, const BinaryArgs& args) {
  if (args.dtype != DType::f32 || args.op != BinaryOp::add) return false;
  const View view{state, stream, args.sizes, args.rank};
  const auto value = [&](const void* data, const int64_t* strides, int64_t i) {
    return data == nullptr ? static_cast<float>(args.scalar) : *view.at<float>(data, strides, i);
  };
  for (int64_t i = 0; i < view.numel(); ++i)
    *view.at<float>(args.y, args.y_strides, i) = value(args.a, args.a_strides, i) + value(args.b, args.b_strides, i);
  return true;
}

}  // namespace

bool run_pass(const State& state, const GsStream* stream, int32_t op, const void* args) {
  switch (static_cast<OpId>(op)) {
    case OpId::copy:
      return copy(state, stream, *static_cast<const CopyArgs*>(args));
    case OpId::fill:
      return fill(state, stream, *static_cast<const FillArgs*>(args));
    case OpId::binary:
      return add(state, stream, *static_cast<const BinaryArgs*>(args));
    default:
      return false;
  }
}

int64_t args_bytes_of(int32_t op) {
#define GS_SIZE(pass, Args) sizeof(Args),
  static constexpr int64_t sizes[] = {GS_FOR_EACH_PASS(GS_SIZE)};
#undef GS_SIZE
  return sizes[op];
}

}  // namespace gridstride::mock
