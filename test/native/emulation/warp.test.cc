// Warp operations, indices and block reductions against plain loops by the programming guide's definitions.
#include "test/native/emulation/warp.h"

#include <cmath>
#include <functional>

#include "native/emulation/launch.h"
#include "test/native/kernel_check.h"

namespace gridstride::test {
namespace {

using Expected = std::function<int(int lane)>;

void check_lanes(const std::string& name, WarpOperation operation, unsigned mask, int argument, int width,
                 const Expected& expected) {
  const std::vector<int> got = in_warp(operation, mask, argument, width);
  bool right = true;
  for (int lane = 0; lane < 32; ++lane)
    right &= got[static_cast<size_t>(lane)] == (mask >> lane & 1 ? expected(lane) : -1);
  check(right, name);
}

void shuffles() {
  constexpr unsigned kAll = 0xffffffffu;
  check_lanes("shfl", WarpOperation::shuffle, kAll, 5, 32, [](int) { return 105; });
  check_lanes("shfl by eights", WarpOperation::shuffle, kAll, 11, 8, [](int lane) { return 100 + lane / 8 * 8 + 3; });
  check_lanes("xor", WarpOperation::shuffle_xor, kAll, 9, 32, [](int lane) { return 100 + (lane ^ 9); });
  check_lanes("xor past its eight", WarpOperation::shuffle_xor, kAll, 8, 8,
              [](int lane) { return 100 + ((lane ^ 8) / 8 > lane / 8 ? lane : lane ^ 8); });
  check_lanes("up", WarpOperation::shuffle_up, kAll, 3, 16,
              [](int lane) { return 100 + (lane % 16 < 3 ? lane : lane - 3); });
  check_lanes("down", WarpOperation::shuffle_down, kAll, 3, 16,
              [](int lane) { return 100 + (lane % 16 > 12 ? lane : lane + 3); });
  check_lanes("xor within a mask", WarpOperation::shuffle_xor, 0x00ff00ffu, 7, 32,
              [](int lane) { return 100 + (lane ^ 7); });
}

void votes_and_reductions() {
  check_lanes("ballot", WarpOperation::ballot, 0x0fffffffu, 0x70f0f0f1, 32, [](int) { return 0x00f0f0f1; });
  check_lanes("any", WarpOperation::any, 0x0000ffffu, 0x10000, 32, [](int) { return 0; });
  check_lanes("any of one", WarpOperation::any, 0x0001ffffu, 0x10000, 32, [](int) { return 1; });
  check_lanes("all", WarpOperation::all, 0x0000ffffu, 0x0ffff, 32, [](int) { return 1; });
  check_lanes("all but one", WarpOperation::all, 0x0001ffffu, 0x0ffff, 32, [](int) { return 0; });
  check_lanes("match", WarpOperation::match_any, 0x0fffffffu, 4, 32, [](int lane) { return 0x01111111 << lane % 4; });
  check_lanes("sum", WarpOperation::add, 0x80000001u, 0, 32, [](int) { return 231; });
  check_lanes("least", WarpOperation::least, 0xfffffff0u, 0, 32, [](int) { return 104; });
  check_lanes("greatest", WarpOperation::greatest, 0x00000ff0u, 0, 32, [](int) { return 111; });
}

void blocks() {
  const std::vector<int> all = positions();
  bool right = true;
  for (size_t i = 0; i < all.size(); ++i) right &= all[i] == static_cast<int>(i);
  check(right, "every thread of every block runs once");

  std::vector<float> x(128), sums, greatest;
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>((i * 37) % 128);
  over_block(x, sums, greatest);
  for (size_t i = 0; i < x.size(); ++i) check(sums[i] == 127 * 64 && greatest[i] == 127, "sum and maximum of a block");
  x[77] = std::nanf("");
  over_block(x, sums, greatest);
  check(std::isnan(sums[0]) && std::isnan(greatest[127]), "NaN survives a block's reductions");
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    gridstride::emulation::set_seed(seed);
    shuffles();
    votes_and_reductions();
    blocks();
  }
  return close();
}
