// gpu_tests [NAME...]: runs the kernels' tests on the GPU, all unless named; ends with 1 when one failed.
#include <cuda_runtime.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "test/kernels/gpu/managed_memory.h"
#include "test/native/kernel_check.h"
#include "tests.h"

namespace {

bool is_wanted(const char* name, int count, char** names) {
  for (int i = 1; i < count; ++i)
    if (strcmp(names[i], name) == 0) return true;
  return count == 1;
}

}  // namespace

int main(int count, char** names) {
  setenv("CUDA_LAUNCH_BLOCKING", "1", 1);  // tests read results at once
  cudaDeviceProp device{};
  if (const cudaError_t status = cudaGetDeviceProperties(&device, 0); status != cudaSuccess) {
    std::printf("gpu_tests: there must be a CUDA device, got: %s\n", cudaGetErrorString(status));
    return 2;
  }
  gridstride::test::use_managed_memory();
  std::printf("%s, sm_%d%d, %d multiprocessors\n", device.name, device.major, device.minor, device.multiProcessorCount);
  int failed = 0, ran = 0;
  for (const Test& test : kTests) {
    if (!is_wanted(test.name, count, names)) continue;
    gridstride::test::checks = gridstride::test::failures = 0;
    std::printf("--- %s\n", test.name);
    failed += test.run() != 0;
    ++ran;
    std::fflush(stdout);
    if (const cudaError_t status = cudaDeviceSynchronize(); status != cudaSuccess) {
      std::printf("%s: the device stopped working: %s\n", test.name, cudaGetErrorString(status));
      return 1;
    }
  }
  std::printf("%d tests, %d failed\n", ran, failed);
  return ran == 0 || failed > 0 ? 1 : 0;
}
