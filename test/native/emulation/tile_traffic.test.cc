// Tiles of GEMM and attention in shared memory: cp.async and ldmatrix must not meet in a bank, for the modelled bounds
// of npm run kernels count their accesses without conflicts. The launches' shared memory is what that script states.
#include <cstdio>

#include "kernels/gemm/matmul.h"

#include "native/emulation/traffic/traffic.h"
#include "test/kernels/attention/attention_check.h"

namespace gridstride {
namespace cuda {
void matmul_forward(const MatmulForwardArgs& args, Run& run);
}

namespace test {
namespace {

using emulation::SharedTraffic;
using emulation::Traffic;

template <class Pass>
std::vector<Traffic> traffic_of(Pass&& pass) {
  emulation::count_traffic(true);
  pass(emulated_run());
  const std::vector<Traffic> launches = emulation::traffic();
  emulation::count_traffic(false);
  return launches;
}

std::string text_of(const SharedTraffic& t) {
  return std::to_string(t.bytes) + " bytes in " + std::to_string(t.wavefronts) + " wavefronts, " +
         std::to_string(t.conflicts) + " conflicts";
}

// Of the launches whose name holds `kernel`.
void expect_no_conflicts(const std::string& name, const std::string& kernel, size_t shared_bytes,
                         const std::vector<Traffic>& launches) {
  int found = 0;
  for (const Traffic& t : launches) {
    if (t.matrix_loads.bytes == 0 || t.name().find(kernel) == std::string::npos) continue;
    const std::string what = name + ", " + kernel;
    std::printf("%s: ldmatrix %s; cp.async %s; others %s\n", what.c_str(), text_of(t.matrix_loads).c_str(),
                text_of(t.async_copies).c_str(), text_of(t.accesses).c_str());
    ++found;
    check(t.matrix_loads.conflicts == 0 && t.matrix_loads.bytes > 0, what + ": ldmatrix without conflicts");
    check(t.async_copies.conflicts == 0 && t.async_copies.bytes > 0, what + ": cp.async without conflicts");
    check(t.dynamic_bytes == shared_bytes, what + " asks for " + std::to_string(t.dynamic_bytes) + " bytes");
  }
  check(found > 0, name + ": " + kernel + " must run");
}

// Operands in either order; a 128 x 128 tile where there are enough of them.
void gemm(int64_t m, int64_t n, const std::string& shape, size_t shared_bytes) {
  constexpr int64_t kDepth = 128;
  const Buffer a(DType::bf16, m * kDepth, 1), b(DType::bf16, n * kDepth, 2);
  for (const bool a_outer : {false, true})
    for (const bool b_outer : {false, true}) {
      Buffer left = a, right = b, c(DType::bf16, m * n);
      MatmulForwardArgs args{};
      args.a = left.data(), args.b = right.data(), args.c = c.data();
      args.outer = args.inner = 1, args.m = m, args.n = n, args.k = kDepth;
      args.a_row_stride = a_outer ? 1 : kDepth, args.a_col_stride = a_outer ? m : 1;
      args.b_row_stride = b_outer ? n : 1, args.b_col_stride = b_outer ? 1 : kDepth;
      args.c_row_stride = n, args.alpha = 1, args.dtype = args.c_dtype = DType::bf16;
      expect_no_conflicts(std::string("gemm ") + (a_outer ? "T" : "N") + (b_outer ? "N" : "T"), shape, shared_bytes,
                          traffic_of([&](cuda::Run& run) { cuda::matmul_forward(args, run); }));
    }
}

void attention(int64_t head_size, size_t forward_bytes, size_t keys_bytes, size_t queries_bytes) {
  AttentionCase c;
  c.sq = c.skv = {200};
  c.heads = c.kv_heads = 1, c.head_size = head_size;
  AttentionArrays a = arrays_of(by_mma(c, DType::bf16));
  const auto forward = traffic_of([&](cuda::Run& run) { cuda::attention_forward(a.forward(), run); });
  expect_no_conflicts(a.c.name(), "attention_forward_mma", forward_bytes, forward);
  const auto backward = traffic_of([&](cuda::Run& run) { cuda::attention_backward(a.backward(), run); });
  expect_no_conflicts(a.c.name(), "attention_backward_keys_mma", keys_bytes, backward);
  expect_no_conflicts(a.c.name(), "attention_backward_queries_mma", queries_bytes, backward);
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride::test;
  gemm(512, 256, "MmaShape<128, 128, 32, 4, 64, 64, 2>", 65536);
  gemm(64, 64, "MmaShape<64, 64, 64, 3, 32, 32, 3>", 49152);
  attention(32, 24576, 33792, 32768);
  attention(64, 49152, 66560, 65536);
  attention(128, 65536, 66048, 65536);
  return close();
}
