#include "native/emulation/warp.h"

#include <cstdio>

#include "native/emulation/block.h"
#include "native/emulation/race/detector.h"
#include "native/emulation/traffic/counter.h"

namespace gridstride::emulation {

namespace {

std::string hexadecimal(uint32_t mask) {
  char text[16];
  snprintf(text, sizeof text, "0x%08x", mask);
  return text;
}

void check_mask(const Thread& me, uint32_t mask, const char* name, const Where& where) {
  const uint32_t alive = block().warp(me.warp).alive;
  if (!(mask >> me.lane & 1))
    fail(std::string(name) + ": the mask must hold the calling lane " + std::to_string(me.lane) + ", got " +
             hexadecimal(mask),
         where);
  if (mask & ~alive)
    fail(std::string(name) + ": the mask must hold lanes that still run (" + hexadecimal(alive) + "), got " +
             hexadecimal(mask),
         where);
}

// Lanes meet only when they execute the same operation at the same line with the same mask.
void check_same(const Thread& me, const Thread& other) {
  if (other.mask == me.mask && other.operation == me.operation && other.where.line() == me.where.line()) return;
  const auto text = [](const Thread& t) {
    return std::string(t.operation) + " of lane " + std::to_string(t.lane) + " with mask " + hexadecimal(t.mask) +
           " at " + text_of(t.where);
  };
  fail("divergent warp operation: " + text(me) + " meets " + text(other));
}

void order_memory(unsigned warp, uint32_t mask) {
  KnownClocks gathered;
  for (unsigned lane = 0; lane < 32; ++lane)
    if (mask >> lane & 1) race_detector().release(block().thread(warp * 32 + lane), gathered);
  for (unsigned lane = 0; lane < 32; ++lane)
    if (mask >> lane & 1) race_detector().acquire(block().thread(warp * 32 + lane), gathered);
}

}  // namespace

void meet_in_warp(uint32_t mask, void* argument, void (*action)(void* const*, uint32_t), const char* name,
                  const Where& where, bool orders_memory) {
  Thread& me = running_thread();
  Warp& warp = block().warp(me.warp);
  check_mask(me, mask, name, where);
  me.wait_in(name, where);
  me.argument = argument;
  me.mask = mask;
  warp.waiting |= 1u << me.lane;
  if ((warp.waiting & mask) == mask) {
    void* arguments[32] = {};
    for (unsigned lane = 0; lane < 32; ++lane) {
      if (!(mask >> lane & 1)) continue;
      const Thread& other = block().thread(me.warp * 32 + lane);
      check_same(me, other);
      arguments[lane] = other.argument;
    }
    if (action) action(arguments, mask);
    if (kDetectsRaces && orders_memory) order_memory(me.warp, mask);
    if (mask == warp.alive && traffic_counter().is_on()) traffic_counter().close_warp(me.warp);
    warp.waiting &= ~mask;
    for (unsigned lane = 0; lane < 32; ++lane)
      if (mask >> lane & 1) block().wake(block().thread(me.warp * 32 + lane));
  }
  block().wait();
}

}  // namespace gridstride::emulation
