// What a CPU kernel gets beside its Args.
#pragma once

#include "native/cpu/isa.h"
#include "native/cpu/pool.h"

namespace gridstride::cpu {

struct Run {
  Pool& pool;
  Isa isa;
  // Scratch of at least `bytes`, 64-byte aligned, valid until the kernel returns; a second call makes the first
  // invalid. One block for the whole kernel: split it by thread or task yourself. Throws Error(kOutOfMemory).
  void* (*scratch)(void* owner, int64_t bytes);
  void* scratch_owner;
  Dot dot = Dot::none;                  // the micro-kernels of 16- and 8-bit products beside isa's code
  bool is_plain = false;                // those are the plain twins
  const void* packed_weight = nullptr;  // a linear layer's that lies in the panels of its kernel, see gemm/weights.h

  void* workspace(int64_t bytes) const { return scratch(scratch_owner, bytes); }
  bool is_reference() const { return isa == Isa::reference; }
};

}  // namespace gridstride::cpu
