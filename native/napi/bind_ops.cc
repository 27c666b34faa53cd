// The generic binder: one callback serves every op, converting by the kinds of its parameters.
#include <napi.h>

#include <cmath>

#include "native/napi/environment.h"
#include "native/napi/errors.h"
#include "native/napi/register.h"
#include "native/ops/function.h"
#include "native/ops/launch.h"

namespace gridstride::napi {

namespace {

using ops::Function;
using ops::Kind;
using ops::Value;

constexpr size_t kMaxParameters = 40;

struct Reader {
  napi_env env;
  Environment& environment;
  const Function& function;
  size_t index;

  [[noreturn]] void fail(const char* expected) const {
    throw Error(ErrorCode::kConfig,
                std::string(function.name) + ": " + function.parameters[index] + " must be " + expected);
  }

  bool is_absent(napi_value value) const {
    napi_valuetype type;
    napi_typeof(env, value, &type);
    return type == napi_undefined || type == napi_null;
  }
  double number(napi_value value) const {
    double result;
    if (napi_get_value_double(env, value, &result) != napi_ok) fail("a number");
    return result;
  }
  double integer(napi_value value) const {
    const double result = number(value);
    if (!(std::abs(result) <= 9007199254740992.0) || result != std::trunc(result)) fail("a whole number");
    return result;
  }
  bool boolean(napi_value value) const {
    bool result;
    if (napi_get_value_bool(env, value, &result) != napi_ok) fail("a boolean");
    return result;
  }
  std::string text(napi_value value) const {
    char buffer[64];
    size_t length = 0;
    if (napi_get_value_string_utf8(env, value, buffer, sizeof buffer, &length) != napi_ok) fail("a string");
    return std::string(buffer, length);
  }
  const Tensor& tensor(napi_value value) const {
    double handle;
    if (napi_get_value_double(env, value, &handle) != napi_ok) fail("a tensor");
    return environment.get(handle);
  }
  template <class Each>
  void list(napi_value value, Each&& each) const {
    uint32_t length = 0;
    if (napi_get_array_length(env, value, &length) != napi_ok) fail("an array");
    for (uint32_t i = 0; i < length; ++i) {
      napi_value element;
      if (napi_get_element(env, value, i, &element) != napi_ok) fail("an array");
      each(element);
    }
  }
};

Value read_value(const Reader& reader, Kind kind, napi_value value) {
  switch (kind) {
    case Kind::tensor:
      return reader.tensor(value);
    case Kind::optional_tensor:
      return reader.is_absent(value) ? Value{} : Value{reader.tensor(value)};
    case Kind::tensors: {
      std::vector<Tensor> tensors;
      reader.list(value, [&](napi_value element) { tensors.push_back(reader.tensor(element)); });
      return tensors;
    }
    case Kind::integer:
      return reader.integer(value);
    case Kind::number:
      return reader.number(value);
    case Kind::boolean:
      return reader.boolean(value);
    case Kind::text:
      return reader.text(value);
    case Kind::integers:
    case Kind::numbers: {
      std::vector<double> numbers;
      reader.list(value, [&](napi_value element) {
        numbers.push_back(kind == Kind::integers ? reader.integer(element) : reader.number(element));
      });
      return numbers;
    }
  }
  return {};
}

std::string capture_stack(Napi::Env env) {
  return Napi::Error::New(env, "op").Value().Get("stack").ToString().Utf8Value();
}

napi_value call_op(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxParameters];
  size_t count = kMaxParameters;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  const auto& function = *static_cast<const Function*>(data);
  Environment& environment = Environment::of(env);
  try {
    std::vector<Value> values;
    values.reserve(function.kinds.size());
    for (size_t i = 0; i < function.kinds.size(); ++i)
      values.push_back(read_value({env, environment, function, i}, function.kinds[i], arguments[i]));
    if (environment.debug()) ops::current_js_stack = capture_stack(env);
    napi_value result;
    napi_create_uint32(env, environment.mail(function.call(values)), &result);
    return result;
  } catch (const Error& error) {
    throw_into_js(env, error);
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  } catch (const std::exception& error) {
    throw_into_js(env, as_engine_error(function.name, error));
  }
  return nullptr;
}

}  // namespace

void register_ops(Napi::Env env, Napi::Object exports) {
  Napi::Object table = Napi::Object::New(env);
  for (const Function& function : ops::functions()) {
    napi_value callback;
    napi_create_function(env, function.name, NAPI_AUTO_LENGTH, call_op, const_cast<Function*>(&function), &callback);
    table.Set(function.name, Napi::Value(env, callback));
  }
  exports.Set("ops", table);
}

}  // namespace gridstride::napi
