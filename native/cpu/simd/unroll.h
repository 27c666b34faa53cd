// Arrays of vectors stay in registers only when every loop over them is unrolled.
#pragma once

#if defined(__clang__)
#define GS_UNROLL _Pragma("clang loop unroll(full)")
#else
#define GS_UNROLL _Pragma("GCC unroll 64")
#endif
