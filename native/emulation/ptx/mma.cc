// mma.sync: D += A B with A (16, K) by rows, B (K, 8) by columns and accumulation in f32, of bytes in i32. Which lane
// holds which element is a table of the PTX ISA (9.7.14, "Matrix Fragments for mma.m16n8k16", "mma.m16n8k8" and
// "mma.m16n8k32").
#include "kernels/common/half.h"
#include "native/emulation/ptx/ptx.h"

namespace gridstride::ptx {

namespace {

template <class Sum>
struct MmaArgument {
  Sum* d;
  const uint32_t* a;
  const uint32_t* b;
};

float bf16_element(const uint32_t* registers, int i) {
  return float_from_bits(i % 2 ? registers[i / 2] & 0xffff0000u : registers[i / 2] << 16);
}
float f16_element(const uint32_t* registers, int i) {
  return to_float(Float16{static_cast<uint16_t>(registers[i / 2] >> (i % 2 * 16))});
}
// The tensor core reads 19 of the 32 bits.
float tf32_element(const uint32_t* registers, int i) { return float_from_bits(registers[i] & ~0x1fffu); }
int32_t s8_element(const uint32_t* registers, int i) {
  return static_cast<int8_t>(registers[i / 4] >> (i % 4 * 8) & 0xff);
}
int32_t u8_element(const uint32_t* registers, int i) {
  return static_cast<int32_t>(registers[i / 4] >> (i % 4 * 8) & 0xff);
}

// K: inner size. kPer: elements in one register. With lane = 4 * group + member, A's register r holds row
// group + 8 * (r % 2) and columns kPer * member + 0 ... kPer - 1 + (K / 2) * (r / 2); B's register r holds the same
// rows of K in column group; D's element e lies in row group + 8 * (e / 2), column 2 * member + e % 2.
template <class Sum, int K, int kPer, Sum (*kLeft)(const uint32_t*, int), Sum (*kRight)(const uint32_t*, int)>
void multiply(MmaArgument<Sum>* const* lanes, uint32_t) {
  Sum a[16][K], b[K][8];
  for (int lane = 0; lane < 32; ++lane) {
    const int group = lane / 4, member = lane % 4;
    for (int i = 0; i < 4 * kPer; ++i) {
      const int r = i / kPer;
      a[group + 8 * (r % 2)][kPer * member + i % kPer + K / 2 * (r / 2)] = kLeft(lanes[lane]->a, i);
    }
    for (int i = 0; i < 2 * kPer; ++i)
      b[kPer * member + i % kPer + K / 2 * (i / kPer)][group] = kRight(lanes[lane]->b, i);
  }
  for (int lane = 0; lane < 32; ++lane) {
    for (int e = 0; e < 4; ++e) {
      const int row = lane / 4 + 8 * (e / 2), column = 2 * (lane % 4) + e % 2;
      Sum sum = lanes[lane]->d[e];
      for (int k = 0; k < K; ++k) sum += a[row][k] * b[k][column];
      lanes[lane]->d[e] = sum;
    }
  }
}

template <class Sum, int K, int kPer, Sum (*kLeft)(const uint32_t*, int), Sum (*kRight)(const uint32_t*, int)>
void mma(Sum* d, const uint32_t* a, const uint32_t* b, const char* name, const emulation::Where& where) {
  MmaArgument<Sum> mine{d, a, b};
  const emulation::WarpAction<MmaArgument<Sum>> action = &multiply<Sum, K, kPer, kLeft, kRight>;
  emulation::meet_in_warp(emulation::kFullMask, mine, action, name, where);
}

}  // namespace

void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], const emulation::Where& where) {
  mma<float, 16, 2, bf16_element, bf16_element>(d, a, b, "mma.m16n8k16.bf16", where);
}
void mma_m16n8k16_f16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], const emulation::Where& where) {
  mma<float, 16, 2, f16_element, f16_element>(d, a, b, "mma.m16n8k16.f16", where);
}
void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], const emulation::Where& where) {
  mma<float, 8, 1, tf32_element, tf32_element>(d, a, b, "mma.m16n8k8.tf32", where);
}
void mma_m16n8k32_s8_u8(int32_t (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                        const emulation::Where& where) {
  mma<int32_t, 32, 4, s8_element, u8_element>(d, a, b, "mma.m16n8k32.s8.u8", where);
}

}  // namespace gridstride::ptx
