// The engine's one exception. `code` is one of the strings of lib/util/errors.ts, the text reads `op: rule, got
// values`.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace gridstride {

enum class ErrorCode : uint8_t {
  kShape,
  kDType,
  kDevice,
  kUnsupportedOp,
  kDisposed,
  kOutOfMemory,
  kQueueFull,
  kAborted,
  kCheckpoint,
  kTokenizer,
  kData,
  kConfig,
  kCuda,
  kAddon,
};

// The code as JavaScript sees it: "SHAPE", "OUT_OF_MEMORY", ...
const char* error_code_name(ErrorCode code);

class Error : public std::exception {
 public:
  using Field = std::pair<std::string, std::variant<double, std::string>>;

  Error(ErrorCode code, std::string message, std::vector<Field> fields = {})
      : code_(code), message_(std::move(message)), fields_(std::move(fields)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::vector<Field>& fields() const { return fields_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorCode code_;
  std::string message_;
  std::vector<Field> fields_;
};

// Any other exception as an Error: no memory as kOutOfMemory, the rest as kAddon. `where` is the text's first word.
Error as_engine_error(const std::string& where, const std::exception& exception);

}  // namespace gridstride
