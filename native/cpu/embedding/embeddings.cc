#include "kernels/embedding/embeddings.h"

#include "kernels/random/dropout.h"
#include "native/cpu/embedding/scatter_rows.h"
#include "native/cpu/norm/normalize.h"

GS_PER_ISA(void embeddings_forward(const EmbeddingsForwardArgs&, const NormWork&, Run&);)

namespace gridstride::cpu {

void dropout(const DropoutArgs& args, Run& run);

namespace {

void check_table(const EmbeddingTable& table, int64_t rows) {
  if (table.rows && table.ids) check_ids("embeddings", table.ids, table.id_dtype, rows, table.size, false);
}

double element(const EmbeddingTable& table, int64_t t, int64_t channels, int64_t c) {
  if (!table.rows) return 0;
  const int64_t row = table.ids ? index_at(table.ids, table.id_dtype, t) : t;
  return number_at(table.rows, table.dtype, row * channels + c);
}

template <class T>
void reference_sums(const EmbeddingsForwardArgs& args, T* sums, Run& run) {
  const int64_t channels = args.channels;
  run.pool.parallel(args.rows, [&](int64_t t, int) {
    for (int64_t c = 0; c < channels; ++c)
      sums[t * channels + c] = narrow<T>(element(args.words, t, channels, c) + element(args.types, t, channels, c) +
                                         element(args.positions, t, channels, c));
  });
}

// The same by the passes that it fuses.
void reference_forward(const EmbeddingsForwardArgs& args, Run& run) {
  void* sums = args.sum ? args.sum : args.y;
  with_floating("embeddings", args.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    reference_sums(args, static_cast<T*>(sums), run);
  });
  if (args.gamma)
    normalize_forward({sums,
                       nullptr,
                       args.gamma,
                       args.beta,
                       args.y,
                       nullptr,
                       args.mean,
                       args.inv_std,
                       args.rows,
                       args.channels,
                       args.epsilon,
                       args.dtype,
                       args.parameter_dtype,
                       {}},
                      true, run);
  if (args.dropout.p > 0)
    dropout({args.y, args.y, args.dropout.stream, args.rows * args.channels, args.dropout.p, args.dtype}, run);
}

}  // namespace

void embeddings_forward(const EmbeddingsForwardArgs& args, Run& run) {
  for (const EmbeddingTable* table : {&args.words, &args.positions, &args.types}) check_table(*table, args.rows);
  if (args.channels == 0) return;
  if (run.is_reference() || !is_vectorised(args.dtype)) return reference_forward(args, run);
  const NormWork work = prepare_norm({args.gamma, args.beta, args.parameter_dtype}, 0, args.channels, run);
  GS_DISPATCH(run.isa, embeddings_forward, args, work, run);
}

}  // namespace gridstride::cpu
