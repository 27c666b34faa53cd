#include "kernels/embedding/embeddings.h"

#include "native/cpu/norm/normalize_row.h"
#include "native/cpu/simd/dropout.h"
#include "native/cpu/storage.h"

GS_PER_ISA(void embeddings_forward(const EmbeddingsForwardArgs&, const NormWork&, Run&);)

namespace gridstride::cpu::GS_ISA {

namespace {

// A row of a table; null where there is no table.
struct TableRow {
  const void* data;
  DType dtype;
};

TableRow row_of(const EmbeddingTable& table, int64_t t, int64_t channels) {
  if (!table.rows) return {nullptr, table.dtype};
  const int64_t row = table.ids ? index_at(table.ids, table.id_dtype, t) : t;
  return {static_cast<const char*>(table.rows) + row * channels * dtype_size(table.dtype), table.dtype};
}

Vec load_from(const TableRow& row, int64_t i, int64_t m) {
  if (row.dtype == DType::f32) return load_some(static_cast<const float*>(row.data) + i, m);
  if (row.dtype == DType::bf16) return load_some(static_cast<const BFloat16*>(row.data) + i, m);
  return load_some(static_cast<const Float16*>(row.data) + i, m);
}

template <class T>
void sum_row(const EmbeddingsForwardArgs& args, int64_t t, T* sum) {
  const TableRow words = row_of(args.words, t, args.channels), types = row_of(args.types, t, args.channels);
  const TableRow positions = row_of(args.positions, t, args.channels);
  each_vector(args.channels, [&](int64_t i, int64_t m) {
    Vec s = load_from(words, i, m);
    if (types.data) s += load_from(types, i, m);
    if (positions.data) s += load_from(positions, i, m);
    store_some(sum + i, s, m);
  });
}

template <class T>
void forward(const EmbeddingsForwardArgs& args, const NormWork& work, Run& run) {
  const int64_t c = args.channels;
  const DropoutMask mask(args.dropout);
  run.pool.ranges(args.rows, c > 16384 ? 1 : 16384 / c, [&](int64_t begin, int64_t end, int) {
    for (int64_t t = begin; t < end; ++t) {
      T* y = static_cast<T*>(args.y) + t * c;
      T* sum = args.sum ? static_cast<T*>(args.sum) + t * c : y;
      sum_row(args, t, sum);
      if (args.gamma) {
        const RowStatistics statistics =
            normalize_row(y, c, args.epsilon, true, work, [&](int64_t i, int64_t m) { return load_some(sum + i, m); });
        if (args.mean) static_cast<float*>(args.mean)[t] = statistics.mean;
        if (args.inv_std) static_cast<float*>(args.inv_std)[t] = statistics.inv_std;
      }
      if (mask.drops())
        mask.each(t * c, c, [&](int64_t i, int64_t m, VecInt kept) {
          store_some(y + i, mask.apply(load_some(y + i, m), kept), m);
        });
    }
  });
}

}  // namespace

void embeddings_forward(const EmbeddingsForwardArgs& args, const NormWork& work, Run& run) {
  with_storage(args.dtype, [&](auto tag) { forward<typename decltype(tag)::type>(args, work, run); });
}

}  // namespace gridstride::cpu::GS_ISA
