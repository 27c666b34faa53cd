#include "native/io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <random>
#include <system_error>

#include "native/core/error.h"

namespace gridstride::io {

namespace {

// Linux moves at most 2 GiB at once.
constexpr int64_t kMostAtOnce = 1 << 30;

std::string reason_name(int error) {
  switch (error) {
#define GS_NAME(code) \
  case code:          \
    return #code;
    GS_NAME(ENOENT)
    GS_NAME(EACCES)
    GS_NAME(EPERM)
    GS_NAME(ENOTDIR)
    GS_NAME(EISDIR)
    GS_NAME(EEXIST)
    GS_NAME(ENOSPC)
    GS_NAME(EDQUOT)
    GS_NAME(EFBIG)
    GS_NAME(EROFS)
    GS_NAME(EMFILE)
    GS_NAME(ENFILE)
    GS_NAME(EIO)
    GS_NAME(ELOOP)
    GS_NAME(ENAMETOOLONG)
    GS_NAME(ENOMEM)
#undef GS_NAME
    default:
      return "errno " + std::to_string(error);
  }
}

[[noreturn]] void fail(const char* where, const char* rule, int error, const std::string& path) {
  const std::string name = reason_name(error);
  throw Error(ErrorCode::kCheckpoint,
              std::string(where) + ": " + rule + ", got " + name + " (" + std::generic_category().message(error) +
                  ") for " + path,
              {{"path", path}, {"reason", name}});
}

std::string temporary_name(const std::string& path) {
  std::random_device device;
  char digits[20];
  std::snprintf(digits, sizeof digits, "%08x%08x", device(), device());
  const size_t slash = path.rfind('/') + 1;  // 0 when there is none
  return path.substr(0, slash) + "." + path.substr(slash, 50) + "." + digits + ".tmp";
}

}  // namespace

InputFile::InputFile(std::string path, const char* where) : path_(std::move(path)), where_(where) {
  // A pipe under this name must not make the thread wait for a writer.
  descriptor_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) fail(where_, "the file must be readable", errno, path_);
  struct stat info {};
  const int error = fstat(descriptor_, &info) != 0 ? errno : S_ISDIR(info.st_mode) ? EISDIR : 0;
  if (error == 0 && S_ISREG(info.st_mode)) {
    bytes_ = info.st_size;
    return;
  }
  close(descriptor_);
  if (error != 0) fail(where_, "the file must be readable", error, path_);
  throw Error(ErrorCode::kCheckpoint, std::string(where_) + ": the file must be a regular one, got " + path_,
              {{"path", path_}});
}

InputFile::~InputFile() { close(descriptor_); }

void InputFile::read(void* target, int64_t bytes, int64_t offset) const {
  auto* at = static_cast<char*>(target);
  while (bytes > 0) {
    const ssize_t count = pread(descriptor_, at, static_cast<size_t>(std::min(bytes, kMostAtOnce)), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(where_, "the file must be readable", errno, path_);
    if (count == 0)
      throw Error(ErrorCode::kCheckpoint,
                  std::string(where_) + ": the file must keep its length while it is read, got its end at byte " +
                      std::to_string(offset) + " of " + path_,
                  {{"path", path_}});
    at += count;
    bytes -= count;
    offset += count;
  }
}

AtomicFile::AtomicFile(std::string path, const char* where)
    : path_(std::move(path)), temporary_(temporary_name(path_)), where_(where) {
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(errno);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void AtomicFile::fail(int error) const { io::fail(where_, "the file must be writable", error, path_); }

void AtomicFile::reserve(int64_t bytes) {
#if defined(__linux__)
  // File systems that cannot do this say so; then a full disk shows when writing.
  if (bytes > 0 && fallocate(descriptor_, 0, 0, bytes) != 0 && (errno == ENOSPC || errno == EFBIG || errno == EDQUOT))
    fail(errno);
#endif
}

void AtomicFile::write(const void* source, int64_t bytes) {
  const auto* at = static_cast<const char*>(source);
  while (bytes > 0) {
    const ssize_t count = ::write(descriptor_, at, static_cast<size_t>(std::min(bytes, kMostAtOnce)));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(errno);
    at += count;
    bytes -= count;
  }
}

void AtomicFile::commit() {
  if (fsync(descriptor_) != 0) fail(errno);
  if (rename(temporary_.c_str(), path_.c_str()) != 0) fail(errno);
  close(descriptor_);
  descriptor_ = -1;
  const size_t slash = path_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  const int folder_descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_descriptor < 0) return;
  fsync(folder_descriptor);  // the file is whole; a file system that cannot sync a folder has its own promise
  close(folder_descriptor);
}

}  // namespace gridstride::io
