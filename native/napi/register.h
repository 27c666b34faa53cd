// Each file of this folder adds its functions to the module's exports.
#pragma once

#include <napi.h>

namespace gridstride::napi {

void register_ops(Napi::Env env, Napi::Object exports);
void register_tensors(Napi::Env env, Napi::Object exports);
void register_engine(Napi::Env env, Napi::Object exports);
void register_recordings(Napi::Env env, Napi::Object exports);
void register_sharing(Napi::Env env, Napi::Object exports);
void register_io(Napi::Env env, Napi::Object exports);
void register_ceiling(Napi::Env env, Napi::Object exports);
void register_tokenizer(Napi::Env env, Napi::Object exports);

}  // namespace gridstride::napi
