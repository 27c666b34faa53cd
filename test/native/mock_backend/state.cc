#include "test/native/mock_backend/state.h"

#include <cstdlib>

#include "native/core/error.h"

namespace gridstride::mock {

State& State::instance() {
  static State state;
  return state;
}

State::~State() {
  const char* path = std::getenv("GRIDSTRIDE_MOCK_REPORT");
  std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "w");
  if (file == nullptr) return;
  int64_t bytes = 0;
  for (const auto& [data, allocation] : allocations) bytes += allocation.bytes;
  std::fprintf(file, "{\"liveAllocations\":%zu,\"liveBytes\":%lld,\"liveStreams\":%zu,\"calls\":{", allocations.size(),
               static_cast<long long>(bytes), streams.size());
  const char* comma = "";
  for (const auto& [name, count] : calls) {
    std::fprintf(file, "%s\"%s\":%lld", comma, name.c_str(), static_cast<long long>(count));
    comma = ",";
  }
  std::fprintf(file, "},\"violations\":[");
  comma = "";
  for (const std::string& violation : violations_) {
    std::fprintf(file, "%s\"%s\"", comma, violation.c_str());
    comma = ",";
  }
  std::fprintf(file, "]}\n");
  std::fclose(file);
}

int32_t State::fail(GsError* error, int32_t code, const std::string& message) {
  error->code = code;
  std::snprintf(error->message, sizeof error->message, "%s", message.c_str());
  return 1;
}

int32_t State::violation(GsError* error, const std::string& what) {
  violations_.push_back(what);
  return fail(error, static_cast<int32_t>(ErrorCode::kCuda), "mock: " + what);
}

bool State::is_live(const GsStream* stream) const { return streams.count(const_cast<GsStream*>(stream)) > 0; }

bool State::is_inside(const GsStream* stream, const void* data, int64_t bytes) const {
  auto* begin = static_cast<char*>(const_cast<void*>(data));
  auto found = allocations.upper_bound(begin);
  if (found == allocations.begin()) return false;
  --found;
  return begin + bytes <= found->first + found->second.bytes && found->second.ordinal == stream->ordinal;
}

}  // namespace gridstride::mock
