#include <napi.h>

#include "native/napi/environment.h"
#include "native/napi/register.h"

namespace gridstride::napi {

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  auto* environment = new Environment(env);
  napi_set_instance_data(
      env, environment, [](napi_env, void* data, void*) { delete static_cast<Environment*>(data); }, nullptr);
  // Hooks run last in, first out: this one comes before that of the completions' thread-safe function.
  napi_add_env_cleanup_hook(
      env, [](void* data) { static_cast<Environment*>(data)->close(); }, environment);
  exports.Set("mailbox", environment->mailbox_array(env));
  register_ops(env, exports);
  register_tensors(env, exports);
  register_engine(env, exports);
  register_recordings(env, exports);
  register_sharing(env, exports);
  register_io(env, exports);
  register_ceiling(env, exports);
  register_tokenizer(env, exports);
  return exports;
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, init)

}  // namespace gridstride::napi
