// Kernels whose traffic is known, each launched once with counting on.
#pragma once

#include "native/emulation/traffic/traffic.h"

namespace gridstride::test {

// Two blocks of two warps. Thread t of a block copies 4-byte words: y[i] = x[stride * i].
emulation::Traffic copy_words(int stride);
// One warp, 16 bytes a lane.
emulation::Traffic copy_vectors(int stride);
// One warp: even lanes make two accesses, odd lanes one; then all one more. `meets`: after a __syncwarp.
emulation::Traffic diverge(bool meets);
// Each of four blocks of one warp reads `shared` floats that all read, and a row of 1024 floats of its own `times`.
emulation::Traffic read_again(int shared, int times);

// One warp writes words to shared memory `stride` words apart; then two lanes each read one.
emulation::Traffic share_words(int stride);
// The same with vectors of 16 bytes, `stride` vectors apart.
emulation::Traffic share_vectors(int stride);
// A 64 x 64 tile of bf16 copied by cp.async and read by ldmatrix as a left operand: swizzled, or rows as they come.
emulation::Traffic share_tile(bool is_swizzled);

}  // namespace gridstride::test
