// gpu_tests [--list] [--json FILE] [--limit SECONDS] [NAME...]: runs the kernels' tests on the GPU, all unless named,
// each in a process of its own that has so many seconds (300); ends with 1 when one failed and with 77 when there is no
// device. FILE receives the device and, test by test, counts, seconds and the comparison that came closest to its
// bound.
#include <cuda_runtime.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "test/kernels/gpu/in_child.h"
#include "test/kernels/gpu/managed_memory.h"
#include "test/native/kernel_check.h"
#include "tests.h"

namespace {

using namespace gridstride::test;

constexpr int kSkipped = 77;

struct Arguments {
  const char* json = nullptr;
  bool list = false;
  unsigned limit = 300;
  std::vector<const char*> names;

  bool wants(const char* name) const {
    for (const char* wanted : names)
      if (strcmp(wanted, name) == 0) return true;
    return names.empty();
  }
};

Arguments parse(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    if (strcmp(words[i], "--json") == 0 && i + 1 < count)
      arguments.json = words[++i];
    else if (strcmp(words[i], "--limit") == 0 && i + 1 < count)
      arguments.limit = static_cast<unsigned>(std::atoi(words[++i]));
    else if (strcmp(words[i], "--list") == 0)
      arguments.list = true;
    else
      arguments.names.push_back(words[i]);
  }
  return arguments;
}

// A JSON object; empty where there is no device. Names of devices and comparisons hold neither quotes nor backslashes.
std::string describe_device() {
  cudaDeviceProp device{};
  if (const cudaError_t status = cudaGetDeviceProperties(&device, 0); status != cudaSuccess) {
    std::printf("gpu_tests: there must be a CUDA device, got: %s\n", cudaGetErrorString(status));
    return "";
  }
  int driver = 0, runtime = 0;
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  char text[512];
  std::snprintf(text, sizeof text,
                "{\"name\":\"%s\",\"capability\":\"%d.%d\",\"multiprocessors\":%d,\"memoryBytes\":%zu,"
                "\"driver\":%d,\"runtime\":%d}",
                device.name, device.major, device.minor, device.multiProcessorCount, device.totalGlobalMem, driver,
                runtime);
  return text;
}

// In a process that has not touched CUDA before.
std::string run_test(const Test& test) {
  use_managed_memory();
  const auto start = std::chrono::steady_clock::now();
  test.run();
  const cudaError_t status = cudaDeviceSynchronize();
  check(status == cudaSuccess, std::string("the device stopped working: ") + cudaGetErrorString(status));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  char text[768];
  std::snprintf(text, sizeof text,
                "\"checks\":%d,\"failed\":%d,\"seconds\":%.3f,\"worstShare\":%.6g,\"worstCase\":\"%.400s\"",
                checks.load(), failures.load(), seconds.count(), worst_comparison.share, worst_comparison.name.c_str());
  return text;
}

// Whole after every test.
void write_json(const char* path, const std::string& device, const std::string& tests) {
  if (!path) return;
  std::FILE* file = std::fopen(path, "w");
  if (!file) return;
  std::fprintf(file, "{\"device\":%s,\"tests\":[%s]}\n", device.c_str(), tests.c_str());
  std::fclose(file);
}

}  // namespace

int main(int count, char** words) {
  const Arguments arguments = parse(count, words);
  if (arguments.list) {
    for (const Test& test : kTests) std::printf("%s\n", test.name);
    return 0;
  }
  setenv("CUDA_LAUNCH_BLOCKING", "1", 1);  // tests read results at once
  const std::string device = run_in_child(describe_device, arguments.limit).text;
  if (device.empty()) return kSkipped;
  std::printf("%s\n", device.c_str());
  int failed = 0, ran = 0;
  std::string tests;
  for (const Test& test : kTests) {
    if (!arguments.wants(test.name)) continue;
    std::printf("--- %s\n", test.name);
    const ChildResult result = run_in_child([&] { return run_test(test); }, arguments.limit);
    const bool passed = result.failure.empty() && result.text.find("\"failed\":0,") != std::string::npos;
    if (!result.failure.empty()) std::printf("FAILED %s: its process ended: %s\n", test.name, result.failure.c_str());
    failed += !passed;
    ++ran;
    if (!tests.empty()) tests += ',';
    tests += std::string("{\"name\":\"") + test.name + "\",";
    tests += result.failure.empty() ? result.text : "\"ended\":\"" + result.failure + "\"";
    tests += '}';
    write_json(arguments.json, device, tests);
  }
  std::printf("%d tests, %d failed\n", ran, failed);
  return ran == 0 || failed > 0 ? 1 : 0;
}
