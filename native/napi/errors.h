// Engine errors as JavaScript errors: `code` and `fields` as lib/util/errors.ts turns them into classes.
#pragma once

#include <napi.h>

#include <memory>

#include "native/core/error.h"
#include "native/core/storage.h"

namespace gridstride::napi {

Napi::Error to_js_error(Napi::Env env, const Error& error);
// Of a queued op that failed; with GRIDSTRIDE_DEBUG=1 its message ends with the stack of the call.
Napi::Error to_js_error(Napi::Env env, const Failure& failure);

// Throws into JavaScript from a plain callback. A worker that is being terminated runs no JavaScript: nothing happens.
void throw_into_js(Napi::Env env, const Error& error) noexcept;

// Runs `body`, turning what it throws into a thrown JavaScript error: nothing else may leave a callback.
template <class Body>
auto guarded(Napi::Env env, Body&& body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (const Error& error) {
    throw to_js_error(env, error);
  } catch (const std::exception& error) {
    throw to_js_error(env, as_engine_error("addon", error));
  }
}

}  // namespace gridstride::napi
