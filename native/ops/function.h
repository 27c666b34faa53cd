// An op as a value: its name, the kinds of its parameters and a way to call it with generic values. One template makes
// it from the C++ function's parameter types; Node-API and the generator of TypeScript declarations read it.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "native/core/tensor.h"
#include "native/ops/enum_names.h"

namespace gridstride::ops {

enum class Kind : uint8_t { tensor, optional_tensor, tensors, integer, number, boolean, text, integers, numbers };

using Value = std::variant<std::monostate, Tensor, std::vector<Tensor>, double, bool, std::string, std::vector<double>>;

struct Function {
  const char* name;
  std::vector<Kind> kinds;
  std::vector<const char*> parameters;
  // Outputs in order; an output that was not asked for is an empty Tensor.
  std::vector<Tensor> (*call)(const std::vector<Value>& values);
};

namespace detail {

template <class T>
struct Parameter;

template <>
struct Parameter<Tensor> {
  static constexpr Kind kind = Kind::tensor;
  static const Tensor& get(const Value& v) { return std::get<Tensor>(v); }
};
template <>
struct Parameter<std::optional<Tensor>> {
  static constexpr Kind kind = Kind::optional_tensor;
  static std::optional<Tensor> get(const Value& v) {
    return std::holds_alternative<Tensor>(v) ? std::optional(std::get<Tensor>(v)) : std::nullopt;
  }
};
template <>
struct Parameter<std::vector<Tensor>> {
  static constexpr Kind kind = Kind::tensors;
  static const std::vector<Tensor>& get(const Value& v) { return std::get<std::vector<Tensor>>(v); }
};
template <>
struct Parameter<int64_t> {
  static constexpr Kind kind = Kind::integer;
  static int64_t get(const Value& v) { return static_cast<int64_t>(std::get<double>(v)); }
};
template <>
struct Parameter<double> {
  static constexpr Kind kind = Kind::number;
  static double get(const Value& v) { return std::get<double>(v); }
};
template <>
struct Parameter<bool> {
  static constexpr Kind kind = Kind::boolean;
  static bool get(const Value& v) { return std::get<bool>(v); }
};
template <>
struct Parameter<std::string> {
  static constexpr Kind kind = Kind::text;
  static const std::string& get(const Value& v) { return std::get<std::string>(v); }
};
template <>
struct Parameter<std::vector<int64_t>> {
  static constexpr Kind kind = Kind::integers;
  static std::vector<int64_t> get(const Value& v) {
    const auto& numbers = std::get<std::vector<double>>(v);
    return {numbers.begin(), numbers.end()};
  }
};
template <>
struct Parameter<std::vector<double>> {
  static constexpr Kind kind = Kind::numbers;
  static const std::vector<double>& get(const Value& v) { return std::get<std::vector<double>>(v); }
};
template <>
struct Parameter<DType> {
  static constexpr Kind kind = Kind::text;
  static DType get(const Value& v) { return parse_dtype(std::get<std::string>(v)); }
};
template <class E>
  requires std::is_enum_v<E>
struct Parameter<E> {
  static constexpr Kind kind = Kind::text;
  static E get(const Value& v) { return parse_enum<E>(std::get<std::string>(v)); }
};

inline std::vector<Tensor> as_list(Tensor out) { return {std::move(out)}; }
inline std::vector<Tensor> as_list(std::vector<Tensor> outs) { return outs; }

template <auto F, class Result, class... P>
struct Caller {
  template <size_t... I>
  static std::vector<Tensor> apply(const std::vector<Value>& values, std::index_sequence<I...>) {
    if constexpr (std::is_void_v<Result>) {
      F(Parameter<std::remove_cvref_t<P>>::get(values[I])...);
      return {};
    } else {
      return as_list(F(Parameter<std::remove_cvref_t<P>>::get(values[I])...));
    }
  }
  static std::vector<Tensor> call(const std::vector<Value>& values) {
    return apply(values, std::index_sequence_for<P...>{});
  }
};

template <auto F, class Result, class... P, class... Names>
Function describe(const char* name, Result (*)(P...), Names... names) {
  static_assert(sizeof...(P) == sizeof...(Names), "GS_EXPORT_OP names each parameter");
  return {name, {Parameter<std::remove_cvref_t<P>>::kind...}, {names...}, &Caller<F, Result, P...>::call};
}

}  // namespace detail

// Every exported op, in the order of op_list.h.
const std::vector<Function>& functions();

}  // namespace gridstride::ops

// At the end of native/ops/<op>.cc, in namespace gridstride::ops: GS_EXPORT_OP(layer_norm_forward, "x", "gamma", ...).
#define GS_EXPORT_OP(function, ...) \
  Function export_##function() { return detail::describe<&function>(#function, &function, __VA_ARGS__); }
