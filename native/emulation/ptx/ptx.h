// What the wrappers of kernels/common/ptx.cuh do, by the PTX ISA, on the CPU. Same names, same arguments.
#pragma once

#include <cstdint>

#include "native/emulation/warp_calls.h"

namespace gridstride::ptx {

uint32_t shared_address(const void* p);

namespace detail {
void cp_async(uint32_t target, const void* source, int bytes, int valid, const emulation::Where& where);
void cp_async_wait(int groups);
void ldmatrix(uint32_t* fragments, int matrices, bool transposed, uint32_t row, const emulation::Where& where);
}  // namespace detail

template <int kBytes>
void cp_async(uint32_t target, const void* source, int valid = kBytes, GS_WHERE) {
  detail::cp_async(target, source, kBytes, valid, where);
}
inline void cp_async_if(bool wanted, uint32_t target, const void* source, GS_WHERE) {
  detail::cp_async(target, source, 16, wanted ? 16 : 0, where);
}
void cp_async_commit();
template <int kGroups>
void cp_async_wait() {
  detail::cp_async_wait(kGroups);
}

inline void ldmatrix_x1(uint32_t (&r)[1], uint32_t row, GS_WHERE) { detail::ldmatrix(r, 1, false, row, where); }
inline void ldmatrix_x2(uint32_t (&r)[2], uint32_t row, GS_WHERE) { detail::ldmatrix(r, 2, false, row, where); }
inline void ldmatrix_x4(uint32_t (&r)[4], uint32_t row, GS_WHERE) { detail::ldmatrix(r, 4, false, row, where); }
inline void ldmatrix_x1_trans(uint32_t (&r)[1], uint32_t row, GS_WHERE) { detail::ldmatrix(r, 1, true, row, where); }
inline void ldmatrix_x2_trans(uint32_t (&r)[2], uint32_t row, GS_WHERE) { detail::ldmatrix(r, 2, true, row, where); }
inline void ldmatrix_x4_trans(uint32_t (&r)[4], uint32_t row, GS_WHERE) { detail::ldmatrix(r, 4, true, row, where); }

void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], GS_WHERE);
void mma_m16n8k16_f16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], GS_WHERE);
void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], GS_WHERE);
void mma_m16n8k32_s8_u8(int32_t (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], GS_WHERE);

uint16_t f32_to_bf16(float x);
uint16_t f32_to_f16(float x);
float f16_to_f32(uint16_t bits);
uint32_t pack_bf16x2(float low, float high);
uint32_t pack_f16x2(float low, float high);
uint32_t f32_to_tf32(float x);
float exp2_approx(float x);

inline void bar_sync(unsigned id, unsigned threads, GS_WHERE) { emulation::sync_barrier(id, threads, where); }
inline void bar_arrive(unsigned id, unsigned threads, GS_WHERE) { emulation::arrive_barrier(id, threads, where); }

}  // namespace gridstride::ptx
