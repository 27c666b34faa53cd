// The second half of sums over rows: what chunks of rows left of each column, added in the order of the chunks.
#pragma once

#include "native/cpu/pool.h"
#include "native/cpu/simd/storage.h"

namespace gridstride::cpu::GS_ISA {

struct ColumnChunks {
  const float* sums;  // (chunks, columns)
  int64_t chunks, columns;
};

// `out` (columns) of a dtype that is vectorised.
static inline void sum_column_chunks(const ColumnChunks& from, void* out, DType dtype, Pool& pool) {
  constexpr int64_t kGrain = 256;
  pool.ranges(from.columns, kGrain, [&](int64_t begin, int64_t end, int) {
    with_storage(dtype, [&](auto tag) {
      auto* to = static_cast<typename decltype(tag)::type*>(out);
      for (int64_t j = begin; j < end; j += kLanes) {
        const int64_t n = end - j < kLanes ? end - j : kLanes;
        Vec sum{};
        for (int64_t i = 0; i < from.chunks; ++i) sum += load_some(from.sums + i * from.columns + j, n);
        store_some(to + j, sum, n);
      }
    });
  });
}

}  // namespace gridstride::cpu::GS_ISA
