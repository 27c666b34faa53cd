// Files by descriptor, closed by scope. Every failure is an Error(kCheckpoint) naming the path and the system's reason.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace gridstride::io {

// A regular file opened for reading. It is read by copying, never mapped: a mapped file that another process cuts short
// kills this one with SIGBUS, a read just comes up short.
class InputFile {
 public:
  // `where` is the first word of errors.
  InputFile(std::string path, const char* where);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }
  int64_t bytes() const { return bytes_; }
  // Throws when the file has fewer.
  void read(void* target, int64_t bytes, int64_t offset) const;

 private:
  std::string path_;
  const char* where_;
  int descriptor_;
  int64_t bytes_ = 0;
};

// A file that appears under its name only when it is complete: written beside it under a temporary name, synced to the
// disk, renamed. Without commit() the temporary file is removed and what was there stays.
class AtomicFile {
 public:
  AtomicFile(std::string path, const char* where);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::string& path() const { return path_; }
  // Takes the room on the disk at once, so that a full disk shows before the work.
  void reserve(int64_t bytes);
  void write(const void* source, int64_t bytes);
  void commit();

 private:
  [[noreturn]] void fail(int error) const;

  std::string path_;
  std::string temporary_;
  const char* where_;
  int descriptor_ = -1;
};

}  // namespace gridstride::io
