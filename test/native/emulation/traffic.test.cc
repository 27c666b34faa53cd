// The traffic counters against kernels whose traffic is known. Builds other than the race build do not see scalars.
#include "test/native/emulation/traffic.h"

#include <algorithm>
#include <numeric>

#include "native/emulation/launch.h"
#include "test/native/kernel_check.h"

namespace gridstride::test {
namespace {

using emulation::SharedTraffic;
using emulation::Traffic;

void expect(const std::string& what, int64_t got, int64_t expected) {
  check(got == expected, what + ": expected " + std::to_string(expected) + ", got " + std::to_string(got));
}

void expect_shared(const std::string& what, const SharedTraffic& got, const SharedTraffic& expected) {
  expect(what + ", bytes", got.bytes, expected.bytes);
  expect(what + ", wavefronts", got.wavefronts, expected.wavefronts);
  expect(what + ", conflicts", got.conflicts, expected.conflicts);
}

void global_words() {
  for (const int stride : {1, 2, 8, 100}) {
    const Traffic t = copy_words(stride);
    const std::string name = "words " + std::to_string(stride) + " apart: ";
    expect(name + "bytes read", t.bytes_read, 512);
    expect(name + "bytes written", t.bytes_written, 512);
    expect(name + "sectors read", t.sectors_read, 16 * std::min(stride, 8));
    expect(name + "sectors written", t.sectors_written, 16);
    expect(name + "bytes moved", t.bytes_moved, 32 * (16 * std::min(stride, 8) + 16));
  }
  for (const bool meets : {false, true}) {
    const Traffic t = diverge(meets);
    const std::string name = meets ? "lanes that meet: " : "lanes that do not meet: ";
    expect(name + "bytes read", t.bytes_read, 4 * (16 + 32 + 32));
    // Without meeting, odd lanes' second round falls to even lanes' first, and their third to the second.
    expect(name + "sectors read", t.sectors_read, meets ? 12 : 8 + 8 + 4);
  }
}

void global_vectors() {
  for (const int stride : {1, 2, 3}) {
    const Traffic t = copy_vectors(stride);
    const std::string name = "vectors " + std::to_string(stride) + " apart: ";
    expect(name + "bytes read", t.bytes_read, 512);
    expect(name + "sectors read", t.sectors_read, stride == 1 ? 16 : 32);
    expect(name + "sectors written", t.sectors_written, stride == 1 ? 16 : 32);
  }
}

void repeated_reads() {
  const auto moved = [](int shared, int times) { return read_again(shared, times).bytes_moved; };
  constexpr int64_t kRows = 4 * 4096, kOutputs = 4 * 128;
  expect("parameters move once", moved(1024, 1), kRows + kOutputs + 4096);
  expect("parameters that no cache keeps move for each block", moved(20000, 1), kRows + kOutputs + 4 * 80000);
  expect("rows read again move again", moved(32, 3), 3 * kRows + kOutputs + 128);
  const Traffic t = read_again(32, 3);
  expect("rows read again: bytes", t.bytes_read, kRows + 128);
  expect("rows read again: sectors", t.sectors_read * 32, 3 * kRows + 4 * 128);
}

void shared_words() {
  for (const int stride : {1, 2, 3, 8, 32}) {
    const int64_t ways = std::gcd(stride, 32) + std::max(std::gcd(stride, 32) / 2, 1);
    const Traffic t = share_words(stride);
    expect_shared("words " + std::to_string(stride) + " apart", t.accesses, {256, ways, ways - 2});
  }
}

void shared_vectors() {
  for (const int stride : {1, 2, 5, 8}) {
    const int64_t ways = std::gcd(stride, 8);
    const Traffic t = share_vectors(stride);
    expect_shared("vectors " + std::to_string(stride) + " apart", t.accesses, {1024, 8 * ways, 8 * ways - 8});
  }
}

void tiles() {
  const Traffic swizzled = share_tile(true), plain = share_tile(false);
  expect_shared("swizzled tile, ldmatrix", swizzled.matrix_loads, {512, 4, 0});
  expect_shared("plain tile, ldmatrix", plain.matrix_loads, {512, 32, 28});
  expect_shared("swizzled tile, cp.async", swizzled.async_copies, {8192, 64, 0});
  expect_shared("plain tile, cp.async", plain.async_copies, {8192, 64, 0});
  expect("tile, bytes read", swizzled.bytes_read, 8192);
  expect("tile, sectors read", swizzled.sectors_read, 256);
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    gridstride::emulation::set_seed(seed);
    global_vectors();
    shared_vectors();
    tiles();
    if (gridstride::emulation::variant() != gridstride::emulation::Variant::race) continue;
    global_words();
    repeated_reads();
    shared_words();
  }
  check(gridstride::emulation::traffic().empty(), "nothing is counted once counting is off");
  return close();
}
