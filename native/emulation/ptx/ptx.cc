#include "native/emulation/ptx/ptx.h"

#include <cmath>
#include <cstring>

#include "kernels/common/half.h"
#include "native/emulation/block.h"
#include "native/emulation/race/detector.h"
#include "native/emulation/traffic/counter.h"

namespace gridstride::ptx {

using emulation::block;
using emulation::fail;
using emulation::Where;

uint32_t shared_address(const void* p) { return block().shared().address_of(p); }

namespace detail {

void cp_async(uint32_t target, const void* source, int bytes, int valid, const Where& where) {
  emulation::running_thread().copies.copy(block().shared().at(target), source, bytes, valid, where);
}

void cp_async_wait(int groups) { emulation::running_thread().copies.wait(static_cast<size_t>(groups)); }

namespace {

struct MatrixLoad {
  uint32_t row;  // shared address of one row of 16 bytes; lane l's is row l % 8 of matrix l / 8
  uint32_t* fragments;
  int matrices;
  bool transposed;
};

using Matrix = uint16_t[8][8];

void read_rows(MatrixLoad* const* lanes, Matrix* matrices, const Where& where) {
  const char* rows[32];
  for (int lane = 0; lane < 8 * lanes[0]->matrices; ++lane) {
    const char* row = block().shared().at(lanes[lane]->row);
    const std::string fault = block().shared().fault(row, 16);
    if (lanes[lane]->row % 16 != 0) fail("ldmatrix: rows are aligned to 16 bytes, lane " + std::to_string(lane), where);
    if (!fault.empty()) fail("ldmatrix, row of lane " + std::to_string(lane) + ": " + fault, where);
    const emulation::Thread& thread =
        block().thread(emulation::running_thread().warp * 32 + static_cast<unsigned>(lane));
    if (emulation::kDetectsRaces) emulation::race_detector().access(thread, row, 16, false, where);
    memcpy(matrices[lane / 8][lane % 8], row, 16);
    rows[lane] = row;
  }
  if (emulation::traffic_counter().is_on()) emulation::traffic_counter().load_matrices(rows, lanes[0]->matrices);
}

}  // namespace

// Lane l gets elements 2 (l % 4) and 2 (l % 4) + 1 of row l / 4 of each matrix, or of each transposed matrix.
void ldmatrix(uint32_t* fragments, int matrices, bool transposed, uint32_t row, const Where& where) {
  MatrixLoad mine{row, fragments, matrices, transposed};
  const emulation::WarpAction<MatrixLoad> load = [](MatrixLoad* const* lanes, uint32_t) {
    Matrix all[4];
    read_rows(lanes, all, emulation::running_thread().where);
    for (int lane = 0; lane < 32; ++lane) {
      const int r = lane / 4, c = lane % 4 * 2;
      for (int i = 0; i < lanes[lane]->matrices; ++i) {
        const uint32_t low = lanes[lane]->transposed ? all[i][c][r] : all[i][r][c];
        const uint32_t high = lanes[lane]->transposed ? all[i][c + 1][r] : all[i][r][c + 1];
        lanes[lane]->fragments[i] = low | high << 16;
      }
    }
  };
  emulation::meet_in_warp(emulation::kFullMask, mine, load, transposed ? "ldmatrix.trans" : "ldmatrix", where);
}

}  // namespace detail

void cp_async_commit() { emulation::running_thread().copies.commit(); }

uint16_t f32_to_bf16(float x) { return std::isnan(x) ? uint16_t{0x7fff} : to_bfloat16(x).bits; }
uint16_t f32_to_f16(float x) { return std::isnan(x) ? uint16_t{0x7fff} : to_float16(x).bits; }
float f16_to_f32(uint16_t bits) { return to_float(Float16{bits}); }
uint32_t pack_bf16x2(float low, float high) { return f32_to_bf16(low) | uint32_t{f32_to_bf16(high)} << 16; }
uint32_t pack_f16x2(float low, float high) { return f32_to_f16(low) | uint32_t{f32_to_f16(high)} << 16; }

// Ten bits of mantissa, ties away from zero (cvt.rna).
uint32_t f32_to_tf32(float x) {
  if (std::isnan(x)) return 0x7fffffffu;
  return std::isinf(x) ? float_bits(x) : (float_bits(x) + 0x1000u) & ~0x1fffu;
}

float exp2_approx(float x) {
  const auto flushed = [](float v) { return std::fpclassify(v) == FP_SUBNORMAL ? std::copysign(0.0f, v) : v; };
  return flushed(exp2f(flushed(x)));
}

}  // namespace gridstride::ptx
