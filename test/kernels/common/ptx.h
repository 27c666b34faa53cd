// Kernels that run one wrapper of kernels/common/ptx.cuh each, for a warp: inputs and outputs by lane.
#pragma once

#include <cstdint>
#include <vector>

namespace gridstride::test {

using Words = std::vector<uint32_t>;

// `tile`: 8 * matrices rows of 4 words. Gives register r of lane l at l * matrices + r.
Words load_matrices(int matrices, bool transposed, const Words& tile);

enum class Mma { bf16, f16, tf32 };
// Registers a (32, 4), b (32, 2) and c (32, 4) by lane; gives d (32, 4).
std::vector<float> multiply(Mma kind, const Words& a, const Words& b, const std::vector<float>& c);
// The same of signed by unsigned bytes.
std::vector<int32_t> multiply_bytes(const Words& a, const Words& b, const std::vector<int32_t>& c);

// 32 copies of `bytes` with `valid` of them from the source, into memory that held 0xff.
std::vector<unsigned char> copy_async(int bytes, int valid, const std::vector<unsigned char>& source);

// 32 copies of 16 bytes of which the even ones are wanted, into memory that held 0xff.
std::vector<unsigned char> copy_async_if(const std::vector<unsigned char>& source);

// What warp 1 reads of warp 0's row of 32 words in each round: warp 0 arrives at barrier 1 when a row is written and
// waits at barrier 2 until it has been read. Lane l reads lane 31 - l's word; (rounds, 32).
Words hand_over(int rounds);

struct Converted {
  uint16_t bf16, f16;
  float from_f16;  // of the f16 bits
  uint32_t bf16x2, f16x2, tf32;
  float exp2;
};
// Each number with itself as the low and 1 as the high half of a pair.
std::vector<Converted> convert(const std::vector<float>& x);

// (blocks * threads * 4) words: what philox gives for counter = thread of the grid.
Words philox_words(uint64_t seed, int blocks, int threads);

}  // namespace gridstride::test
