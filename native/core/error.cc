#include "native/core/error.h"

#include <new>

namespace gridstride {

Error as_engine_error(const std::string& where, const std::exception& exception) {
  if (const auto* known = dynamic_cast<const Error*>(&exception)) return *known;
  if (dynamic_cast<const std::bad_alloc*>(&exception) != nullptr)
    return Error(ErrorCode::kOutOfMemory, where + ": no memory left on the host");
  return Error(ErrorCode::kAddon, where + ": must not fail in this way, got " + exception.what());
}

const char* error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kShape:
      return "SHAPE";
    case ErrorCode::kDType:
      return "DTYPE";
    case ErrorCode::kDevice:
      return "DEVICE";
    case ErrorCode::kUnsupportedOp:
      return "UNSUPPORTED_OP";
    case ErrorCode::kDisposed:
      return "DISPOSED";
    case ErrorCode::kOutOfMemory:
      return "OUT_OF_MEMORY";
    case ErrorCode::kQueueFull:
      return "QUEUE_FULL";
    case ErrorCode::kAborted:
      return "ABORTED";
    case ErrorCode::kCheckpoint:
      return "CHECKPOINT";
    case ErrorCode::kTokenizer:
      return "TOKENIZER";
    case ErrorCode::kData:
      return "DATA";
    case ErrorCode::kConfig:
      return "CONFIG";
    case ErrorCode::kCuda:
      return "CUDA";
    case ErrorCode::kAddon:
      return "ADDON";
  }
  return "ADDON";
}

}  // namespace gridstride
