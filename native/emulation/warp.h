// Warp operations are rendezvous: each lane of the mask hands in its argument, the last to come computes for all.
#pragma once

#include <cstdint>

#include "native/emulation/failure.h"

namespace gridstride::emulation {

inline constexpr uint32_t kFullMask = 0xffffffffu;

// Arguments by lane; those of lanes outside the mask are null.
template <class Argument>
using WarpAction = void (*)(Argument* const* arguments, uint32_t mask);

// `orders_memory`: whether what the lanes wrote before is seen by the others after (__syncwarp alone).
void meet_in_warp(uint32_t mask, void* argument, void (*action)(void* const*, uint32_t), const char* name,
                  const Where& where, bool orders_memory = false);

template <class Argument>
void meet_in_warp(uint32_t mask, Argument& argument, WarpAction<Argument> action, const char* name,
                  const Where& where) {
  struct Call {
    Argument* argument;
    WarpAction<Argument> action;
  } call{&argument, action};
  meet_in_warp(
      mask, &call,
      [](void* const* calls, uint32_t lanes) {
        Argument* arguments[32] = {};
        const Call* any = nullptr;
        for (int lane = 0; lane < 32; ++lane) {
          if (!(lanes >> lane & 1)) continue;
          any = static_cast<const Call*>(calls[lane]);
          arguments[lane] = any->argument;
        }
        any->action(arguments, lanes);
      },
      name, where);
}

}  // namespace gridstride::emulation
