// The state of one CUDA thread of the running block.
#pragma once

#include <cstdint>
#include <optional>

#include "native/emulation/async_copy.h"
#include "native/emulation/failure.h"
#include "native/emulation/fiber.h"
#include "native/emulation/vector_types.h"

namespace gridstride::emulation {

struct Thread {
  enum class State { ready, waiting, exited };

  Fiber fiber;
  uint3 index{};  // threadIdx
  unsigned linear = 0, lane = 0, warp = 0;
  State state = State::ready;

  // The last operation that made it wait, for failures.
  const char* operation = nullptr;
  Where where;

  // Its part in the warp operation it waits in.
  void* argument = nullptr;
  uint32_t mask = 0;

  AsyncCopies copies;
  bool moves_vector = false;  // see VectorAccess

  void wait_in(const char* name, const Where& at) {
    state = State::waiting;
    operation = name;
    where = at;
  }
};

}  // namespace gridstride::emulation
