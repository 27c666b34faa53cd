#include "native/napi/errors.h"

namespace gridstride::napi {

Napi::Error to_js_error(Napi::Env env, const Error& error) {
  Napi::Error js = Napi::Error::New(env, error.message());
  js.Set("code", Napi::String::New(env, error_code_name(error.code())));
  Napi::Object fields = Napi::Object::New(env);
  for (const auto& [name, value] : error.fields()) {
    if (const auto* number = std::get_if<double>(&value))
      fields.Set(name, *number);
    else
      fields.Set(name, std::get<std::string>(value));
  }
  js.Set("fields", fields);
  return js;
}

Napi::Error to_js_error(Napi::Env env, const Failure& failure) {
  if (failure.js_stack.empty()) return to_js_error(env, failure.error);
  return to_js_error(env,
                     Error(failure.error.code(), failure.error.message() + "\nop called from:\n" + failure.js_stack,
                           failure.error.fields()));
}

void throw_into_js(Napi::Env env, const Error& error) noexcept {
  try {
    to_js_error(env, error).ThrowAsJavaScriptException();
  } catch (const Napi::Error&) {
  }
}

}  // namespace gridstride::napi
