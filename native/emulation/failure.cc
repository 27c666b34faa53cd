#include "native/emulation/failure.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <memory>

namespace gridstride::emulation {

namespace {

// The program's name as dladdr has it may be relative to a folder that was left since.
std::string path_of(const char* name) {
  char path[PATH_MAX];
  if (name && realpath(name, path)) return path;
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  return size > 0 ? std::string(path, static_cast<size_t>(size)) : "";
}

std::string first_line_of(const std::string& command) {
  char line[2048] = "";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  if (!pipe || !fgets(line, sizeof line, pipe.get())) return "";
  std::string text = line;
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

std::string text_of(const Where& where) { return std::string(where.file_name()) + ":" + std::to_string(where.line()); }

std::string name_of_code(const void* address) {
  char bare[32];
  snprintf(bare, sizeof bare, "%p", address);
  Dl_info info{};
  if (!dladdr(address, &info) || !info.dli_fbase) return bare;
  char command[PATH_MAX + 100];
  const auto offset = reinterpret_cast<uintptr_t>(address) - reinterpret_cast<uintptr_t>(info.dli_fbase);
  snprintf(command, sizeof command, "addr2line -Cfpe '%s' 0x%zx 2>/dev/null", path_of(info.dli_fname).c_str(), offset);
  const std::string text = first_line_of(command);
  return text.empty() ? bare : text;
}

std::string name_of_function(const void* address) {
  std::string text = name_of_code(address);
  const std::string unnamed = "(anonymous namespace)::";
  for (size_t at; (at = text.find(unnamed)) != std::string::npos;) text.erase(at, unnamed.size());
  size_t first = 0, end = 0;
  for (int depth = 0; end < text.size() && (text[end] != '(' || depth > 0); ++end) {
    depth += (text[end] == '<') - (text[end] == '>');
    if (text[end] == ' ' && depth == 0) first = end + 1;  // past the result's type
  }
  return text.substr(first, end - first);
}

}  // namespace gridstride::emulation
