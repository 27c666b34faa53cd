// Swizzled tiles: each way to fill and read them against plain matrices of small integers, whose products are exact,
// and what the swizzle must give: no bank twice, and XOR along a row.
#include "test/kernels/common/tile.h"

#include "test/native/kernel_check.h"

namespace gridstride::test {
namespace {

// Exactly as many elements as the copies may read: the last row ends where its width does.
struct Matrix {
  explicit Matrix(const TileProduct& p) : product(p), bits(static_cast<size_t>((p.rows - 1) * p.columns + p.width)) {
    Sequence sequence(static_cast<uint64_t>(p.columns));
    for (auto& x : bits) x = to_bfloat16(static_cast<float>(sequence.below(3) - 1)).bits;
  }
  float operator()(int row, int column) const {
    if (row >= product.rows || column >= product.width) return 0;
    return to_float(BFloat16{bits[static_cast<size_t>(row * product.columns + column)]});
  }
  TileProduct product;
  std::vector<uint16_t> bits;
};

void check_product(const TileProduct& p, int first) {
  const Matrix t(p);
  const auto b = [&](int k, int j) { return p.b_transposed ? t(first + k, 16 + j) : t(first + j, 16 + k); };
  float a[16][16], c[16][16];
  for (int i = 0; i < 16; ++i)
    for (int k = 0; k < 16; ++k) a[i][k] = p.a_transposed ? t(first + k, 16 + i) : t(first + i, 16 + k);
  for (int round = 0; round < (p.twice ? 2 : 1); ++round) {
    for (int i = 0; i < 16; ++i)
      for (int j = 0; j < 16; ++j) {
        c[i][j] = 0;
        for (int k = 0; k < 16; ++k) c[i][j] += a[i][k] * b(k, j);
      }
    std::memcpy(a, c, sizeof(a));
  }
  const std::vector<float> got = multiply_tiles(p, first, t.bits);
  check(std::memcmp(got.data(), c, sizeof(c)) == 0, "tile of " + std::to_string(p.columns) + " columns, A" +
                                                        (p.a_transposed ? "^T" : "") + " B" +
                                                        (p.b_transposed ? "^T" : "") + (p.async ? " async" : "") +
                                                        (p.twice ? " twice" : "") + " at " + std::to_string(first));
}

void check_places(int columns) {
  const std::vector<int> places = places_in_tile(columns);
  const auto at = [&](int row, int column) { return places[static_cast<size_t>(row * columns + column)]; };
  bool apart = true, by_xor = true;
  for (int row = 0; row < kTileRows; ++row)
    for (int column = 0; column < columns; ++column) {
      apart &= at(row, column) == at(row, column / 8 * 8) + column % 8 && at(row, column) / columns == row;
      // A step over a bit that the column does not have.
      for (int step = 8; step < columns; step *= 2)
        if ((column & step) == 0) by_xor &= at(row, column + step) == (at(row, column) ^ step);
    }
  for (int row = 0; row < kTileRows; row += 8)
    for (int column = 0; column < columns; column += 8) {
      unsigned banks = 0;  // of 16 bytes: eight of them are all there are
      for (int i = 0; i < 8; ++i) banks |= 1u << at(row + i, column) / 8 % 8;
      apart &= banks == 0xff;
    }
  check(apart, "eight rows of " + std::to_string(columns) + " columns lie in eight banks");
  check(by_xor, "a step along a row of " + std::to_string(columns) + " columns is an XOR");
}

}  // namespace
}  // namespace gridstride::test

int main() {
  using namespace gridstride::test;
  for (const int columns : {32, 64, 128}) {
    for (int way = 0; way < 16; ++way)
      for (const int first : {0, 8, 16})
        check_product({columns, (way & 1) != 0, (way & 2) != 0, (way & 4) != 0, (way & 8) != 0, 29, columns - 3},
                      first);
    check_places(columns);
  }
  return close();
}
