#include "native/core/error.h"

namespace gridstride {

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
