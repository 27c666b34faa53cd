// Every op pass, one line each: its name and its Args struct. The pass's CPU kernel is cpu::<pass>, its checks, shapes
// and cost are ops::<pass>, JavaScript sees it under the same name. Op ids are the order of this list;
// scripts/generate.mjs makes native/core/abi.gen.h and lib/native/ops.gen.ts from it.
#pragma once

#include "kernels/elementwise/binary.h"
#include "kernels/elementwise/cast.h"
#include "kernels/elementwise/fill.h"
#include "kernels/layout/copy.h"

// clang-format off
#define GS_FOR_EACH_PASS(X)                                     \
  X(copy, CopyArgs)                                             \
  X(cast, CastArgs)                                             \
  X(fill, FillArgs)                                             \
  X(binary, BinaryArgs)

// Functions without a kernel of their own: views, and other ways to call a pass.
#define GS_FOR_EACH_VIEW(X)                                     \
  X(reshape)                                                    \
  X(permute)                                                    \
  X(slice)                                                      \
  X(expand)                                                     \
  X(contiguous)                                                 \
  X(assign)                                                     \
  X(concat)                                                     \
  X(binary_scalar)
// clang-format on
