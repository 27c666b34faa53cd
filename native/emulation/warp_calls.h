// __shfl_*_sync, votes, reductions and __syncwarp as CUDA's programming guide defines them. Stricter in one point: a
// lane whose source is not in the mask is refused, where a device gives an undefined value.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#include "native/emulation/calls.h"
#include "native/emulation/warp.h"

namespace gridstride::emulation {

template <class T>
struct ShuffleArgument {
  T value;
  unsigned source;
  T result;
};

template <class T>
T shuffle(uint32_t mask, T value, unsigned source, const char* name, const Where& where) {
  ShuffleArgument<T> mine{value, source, {}};
  const WarpAction<ShuffleArgument<T>> exchange = [](ShuffleArgument<T>* const* lanes, uint32_t present) {
    for (int lane = 0; lane < 32; ++lane) {
      if (!(present >> lane & 1)) continue;
      const unsigned from = lanes[lane]->source;
      if (!(present >> from & 1)) fail("a shuffle reads lane " + std::to_string(from) + ", which is not in the mask");
      lanes[lane]->result = lanes[from]->value;
    }
  };
  meet_in_warp(mask, mine, exchange, name, where);
  return mine.result;
}

template <class T, class Join>
T reduce(uint32_t mask, T value, Join, const char* name, const Where& where) {
  static_assert(std::is_same_v<T, int> || std::is_same_v<T, unsigned>, "redux.sync takes 32-bit integers");
  const WarpAction<T> join = [](T* const* lanes, uint32_t present) {
    T all = *lanes[std::countr_zero(present)];
    for (int lane = std::countr_zero(present) + 1; lane < 32; ++lane)
      if (present >> lane & 1) all = Join()(all, *lanes[lane]);
    for (int lane = 0; lane < 32; ++lane)
      if (present >> lane & 1) *lanes[lane] = all;
  };
  meet_in_warp(mask, value, join, name, where);
  return value;
}

}  // namespace gridstride::emulation

#define GS_WHERE const ::gridstride::emulation::Where& where = ::gridstride::emulation::Where::current()

template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32, GS_WHERE) {
  using namespace gridstride::emulation;
  const unsigned lane = lane_index(), w = static_cast<unsigned>(width);
  return shuffle(mask, value, lane / w * w + static_cast<unsigned>(source) % w, "__shfl_sync", where);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int with, int width = 32, GS_WHERE) {
  using namespace gridstride::emulation;
  const unsigned lane = lane_index(), other = lane ^ static_cast<unsigned>(with), w = static_cast<unsigned>(width);
  return shuffle(mask, value, other / w > lane / w ? lane : other, "__shfl_xor_sync", where);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32, GS_WHERE) {
  using namespace gridstride::emulation;
  const unsigned lane = lane_index(), w = static_cast<unsigned>(width);
  return shuffle(mask, value, lane % w < delta ? lane : lane - delta, "__shfl_up_sync", where);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32, GS_WHERE) {
  using namespace gridstride::emulation;
  const unsigned lane = lane_index(), w = static_cast<unsigned>(width);
  return shuffle(mask, value, lane % w + delta >= w ? lane : lane + delta, "__shfl_down_sync", where);
}

inline unsigned __ballot_sync(unsigned mask, int predicate, GS_WHERE) {
  using namespace gridstride::emulation;
  struct Vote {
    int predicate;
    unsigned result;
  } mine{predicate, 0};
  const WarpAction<Vote> count = [](Vote* const* lanes, uint32_t present) {
    unsigned ballot = 0;
    for (int lane = 0; lane < 32; ++lane)
      if ((present >> lane & 1) && lanes[lane]->predicate) ballot |= 1u << lane;
    for (int lane = 0; lane < 32; ++lane)
      if (present >> lane & 1) lanes[lane]->result = ballot;
  };
  meet_in_warp(mask, mine, count, "__ballot_sync", where);
  return mine.result;
}
inline int __any_sync(unsigned mask, int predicate, GS_WHERE) { return __ballot_sync(mask, predicate, where) != 0; }
inline int __all_sync(unsigned mask, int predicate, GS_WHERE) { return __ballot_sync(mask, !predicate, where) == 0; }

// The lanes whose value is this lane's.
inline unsigned __match_any_sync(unsigned mask, int value, GS_WHERE) {
  using namespace gridstride::emulation;
  struct Match {
    int value;
    unsigned result;
  } mine{value, 0};
  const WarpAction<Match> compare = [](Match* const* lanes, uint32_t present) {
    for (int lane = 0; lane < 32; ++lane)
      for (int other = 0; other < 32 && (present >> lane & 1); ++other)
        if ((present >> other & 1) && lanes[other]->value == lanes[lane]->value) lanes[lane]->result |= 1u << other;
  };
  meet_in_warp(mask, mine, compare, "__match_any_sync", where);
  return mine.result;
}

template <class T>
T __reduce_add_sync(unsigned mask, T value, GS_WHERE) {
  const auto add = [](T a, T b) { return static_cast<T>(static_cast<unsigned>(a) + static_cast<unsigned>(b)); };
  return gridstride::emulation::reduce(mask, value, add, "__reduce_add_sync", where);
}
template <class T>
T __reduce_min_sync(unsigned mask, T value, GS_WHERE) {
  const auto least = [](T a, T b) { return a < b ? a : b; };
  return gridstride::emulation::reduce(mask, value, least, "__reduce_min_sync", where);
}
template <class T>
T __reduce_max_sync(unsigned mask, T value, GS_WHERE) {
  const auto greatest = [](T a, T b) { return a < b ? b : a; };
  return gridstride::emulation::reduce(mask, value, greatest, "__reduce_max_sync", where);
}

inline void __syncwarp(unsigned mask = 0xffffffffu, GS_WHERE) {
  gridstride::emulation::meet_in_warp(mask, nullptr, nullptr, "__syncwarp", where, true);
}
