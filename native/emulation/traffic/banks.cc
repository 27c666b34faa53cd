#include "native/emulation/traffic/banks.h"

#include <algorithm>

namespace gridstride::emulation {

namespace {

constexpr uintptr_t kWord = 4, kBanks = 32;

// Words that the fullest bank gives to lanes [first, first + count), of 16 bytes from `offset` of each.
int64_t wavefronts(const WarpAccess& access, unsigned first, unsigned count, uint32_t offset) {
  std::array<std::array<uintptr_t, 32 * 4>, kBanks> words;
  std::array<size_t, kBanks> filled{};
  size_t fullest = 0;
  for (unsigned lane = first; lane < first + count; ++lane) {
    if (!(access.lanes >> lane & 1) || access.bytes[lane] <= offset) continue;
    const uintptr_t begin = access.address[lane] + offset;
    const uintptr_t end = begin + std::min(access.bytes[lane] - offset, 16u);
    for (uintptr_t word = begin / kWord; word * kWord < end; ++word) {
      const uintptr_t bank = word % kBanks;
      const auto last = words[bank].begin() + static_cast<std::ptrdiff_t>(filled[bank]);
      if (std::find(words[bank].begin(), last, word) != last) continue;
      *last = word;
      fullest = std::max(fullest, ++filled[bank]);
    }
  }
  return static_cast<int64_t>(fullest);
}

}  // namespace

void add_shared_access(const WarpAccess& access, SharedTraffic& sum) {
  const uint32_t most = *std::max_element(access.bytes.begin(), access.bytes.end());
  const unsigned lanes_at_once = most <= 4 ? 32 : most <= 8 ? 16 : 8;
  for (uint32_t offset = 0; offset < most; offset += 16)
    for (unsigned first = 0; first < 32; first += lanes_at_once) {
      const int64_t needed = wavefronts(access, first, lanes_at_once, offset);
      sum.wavefronts += needed;
      sum.conflicts += std::max<int64_t>(needed - 1, 0);
    }
  for (const uint32_t bytes : access.bytes) sum.bytes += bytes;
}

}  // namespace gridstride::emulation
