#include "native/cpu/backend.h"

#include <sched.h>
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "native/core/error.h"
#include "native/cpu/gemm/weights.h"
#include "native/cpu/launch_table.h"
#include "native/cpu/run.h"

namespace gridstride::cpu {

namespace {

constexpr int64_t kHugePage = 2 << 20;

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int wanted_threads() {
  const std::string text = setting("GRIDSTRIDE_THREADS");
  if (text.empty()) return usable_processors();
  char* end = nullptr;
  const long threads = std::strtol(text.c_str(), &end, 10);
  if (*end != 0 || threads < 1 || threads > 1024)
    throw Error(ErrorCode::kConfig, "GRIDSTRIDE_THREADS: must be a whole number in [1, 1024], got " + text);
  return static_cast<int>(threads);
}

InstructionSet wanted_set(const std::string& chosen) {
  if (!chosen.empty()) return parse_set("device", chosen);
  const std::string forced = setting("GRIDSTRIDE_CPU");
  return forced.empty() ? best_set() : parse_set("GRIDSTRIDE_CPU", forced);
}

class CpuBackend : public Backend {
 public:
  explicit CpuBackend(const std::string& set) : set_(wanted_set(set)), threads_(wanted_threads()) {}
  ~CpuBackend() override { release(scratch_, scratch_bytes_); }

  // Large blocks come from mmap, so that giving them back returns the memory to the system at once.
  void* reserve(int64_t bytes) override {
    if (bytes < kHugePage / 2) return std::aligned_alloc(64, (bytes + 63) & ~int64_t{63});
    void* data = mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) return nullptr;
    madvise(data, static_cast<size_t>(bytes), MADV_HUGEPAGE);
    return data;
  }
  void release(void* data, int64_t bytes) override {
    if (bytes < kHugePage / 2)
      std::free(data);
    else
      munmap(data, static_cast<size_t>(bytes));
  }

  void prepare(const Record& record) override {
    Run run = make_run();
    packed_weight_ = prepare_weights(record, run);
  }
  void launch(OpId op, const void* args, int64_t) override {
    Run run = make_run();
    run.packed_weight = packed_weight_;
    launch_table()[static_cast<int>(op)](args, run);
  }
  void upload(void* device, const void* host, int64_t bytes) override { memcpy(device, host, bytes); }
  void download(void* host, const void* device, int64_t bytes) override { memcpy(host, device, bytes); }
  void synchronize() override {}
  bool is_host_memory() const override { return true; }
  void set_threads(int threads) override { threads_ = threads; }
  int threads() const override { return threads_; }

 private:
  Run make_run() {
    if (!pool_ || pool_->size() != threads_) pool_ = std::make_unique<Pool>(threads_);
    return {*pool_, set_.isa, &CpuBackend::scratch, this, set_.dot, set_.is_plain};
  }
  static void* scratch(void* owner, int64_t bytes) {
    auto* self = static_cast<CpuBackend*>(owner);
    if (bytes <= self->scratch_bytes_) return self->scratch_;
    self->release(self->scratch_, self->scratch_bytes_);
    self->scratch_bytes_ = 0;
    self->scratch_ = self->reserve(bytes);
    if (self->scratch_ == nullptr)
      throw Error(ErrorCode::kOutOfMemory, "workspace: no memory left, requested " + std::to_string(bytes) + " bytes",
                  {{"requested", static_cast<double>(bytes)}});
    self->scratch_bytes_ = bytes;
    return self->scratch_;
  }

  InstructionSet set_;
  int threads_;
  std::unique_ptr<Pool> pool_;           // made on the queue thread
  const void* packed_weight_ = nullptr;  // of the record to be launched
  void* scratch_ = nullptr;
  int64_t scratch_bytes_ = 0;
};

// cgroup v2's cpu.max: "quota period" or "max period".
int cgroup_processors() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return 1 << 20;
  return std::max(1, static_cast<int>(std::ceil(std::atof(quota.c_str()) / period)));
}

}  // namespace

int usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int affinity = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return std::min(affinity, cgroup_processors());
}

std::unique_ptr<Backend> make_backend(const std::string& set) { return std::make_unique<CpuBackend>(set); }

}  // namespace gridstride::cpu
