// The program's side of NVTX 3's injection protocol (https://github.com/NVIDIA/NVTX, layouts as in nvtxTypes.h): the
// tool's library is given tables of places for functions and writes its own into those it wants to hear of.
#include "native/cuda/nvtx.h"

#include <dlfcn.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace gridstride::cuda {

namespace {

using Function = void (*)();
using PushA = int (*)(const char* text);
using Pop = int (*)();

constexpr uint32_t kCallbacks = 1, kVersionInfo = 3;  // export tables
constexpr uint32_t kCore = 1;                         // modules
constexpr uint32_t kPushA = 9, kPop = 11;             // functions of the module core
constexpr uint32_t kProtocol = 3;

// Functions of each module, with the unused number 0. Only core's are ever called here.
constexpr uint32_t kSizes[] = {0, 16, 9, 15, 7, 16, 7};
constexpr uint32_t kModules = sizeof kSizes / sizeof kSizes[0], kMost = 16;

Function functions[kModules][kMost];
Function* places[kModules][kMost + 1];  // a null at 0 and after the last

int module_functions(int32_t module, Function*** table, unsigned* size) {
  const auto number = static_cast<uint32_t>(module);
  if (number == 0 || number >= kModules) return 0;
  for (uint32_t i = 1; i < kSizes[number]; ++i) places[number][i] = &functions[number][i];
  if (table) *table = places[number];
  if (size) *size = kSizes[number];
  return 1;
}

const struct {
  size_t struct_size;
  int (*module_functions)(int32_t, Function***, unsigned*);
} callbacks = {sizeof callbacks, module_functions};

const struct {
  size_t struct_size;
  uint32_t version, reserved;
  void (*set_tool_version)(uint32_t);
} version_info = {sizeof version_info, kProtocol, 0, [](uint32_t) {}};

const void* export_table(uint32_t id) {
  if (id == kCallbacks) return &callbacks;
  return id == kVersionInfo ? &version_info : nullptr;
}

// Whether a tool listens. The library stays: the tool writes its report when the process ends.
bool load_tool() {
  const char* path = std::getenv("NVTX_INJECTION64_PATH");
  void* library = path ? dlopen(path, RTLD_LAZY) : nullptr;
  if (!library) return false;
  using Start = int (*)(const void* (*export_table)(uint32_t));
  const auto start = reinterpret_cast<Start>(dlsym(library, "InitializeInjectionNvtx2"));
  if (start && start(export_table) != 0) return true;
  dlclose(library);
  return false;
}

Function core(uint32_t number) {
  static const bool is_loaded = load_tool();
  return is_loaded ? functions[kCore][number] : nullptr;
}

}  // namespace

void push_range(const char* text) {
  if (const auto push = reinterpret_cast<PushA>(core(kPushA))) push(text);
}

void pop_range() {
  if (const auto pop = reinterpret_cast<Pop>(core(kPop))) pop();
}

}  // namespace gridstride::cuda
