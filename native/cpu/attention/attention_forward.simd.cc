// Flash attention: a task is a block of queries of one sequence and head. Keys and values go by block by block, packed;
// the rows keep their running maximum, sum and unnormalised output.
#include "native/cpu/attention/block.h"
#include "native/cpu/run.h"

GS_PER_ISA(void attention_forward(const AttentionForwardArgs&, Run&);)

namespace gridstride::cpu::GS_ISA {

namespace {

// One thread's scratch.
struct Scratch {
  float* keys;     // panels of K^T
  float* values;   // panels of V
  float* queries;  // (tile rows, kBlockRow)
  float* weights;  // (tile rows, kBlockRow): scores, then e^(score - maximum)
  float* rounded;  // the same as an operand of bf16
  float* factors;  // dropout of one row
  float* out;      // (kBlockQueries, width)
  float* largest;  // (kBlockQueries)
  float* sum;      // (kBlockQueries)
};

// Its parts' sizes in floats, in the order of the struct.
constexpr int kParts = 9;
void part_sizes(const MicroKernel& kernel, const AttentionProblem& p, int64_t (&floats)[kParts]) {
  const int64_t sizes[kParts] = {panel_floats(kernel, p.head_size, kBlockKeys),
                                 panel_floats(kernel, kBlockKeys, p.head_size),
                                 kernel.tile_rows * kBlockRow,
                                 kernel.tile_rows * kBlockRow,
                                 kernel.element == DType::f32 ? 0 : kernel.tile_rows * kBlockRow,
                                 kFactors,
                                 kBlockQueries * width_of(kernel, p),
                                 kBlockQueries,
                                 kBlockQueries};
  for (int i = 0; i < kParts; ++i) floats[i] = sizes[i];
}

template <class T>
struct ForwardTask {
  const AttentionForwardArgs& args;
  const AttentionProblem& p;
  const MicroKernel& kernel;
  int64_t width;  // floats between rows of the output
  Scratch scratch;
  Sequence s;
  int64_t q0, queries;  // of the block, within the sequence
  int64_t k0, keys;
  AttentionRange globals{};  // within the block of keys

  void load_keys() const {
    const T* k = head_row<T>(args.k, s.k_begin + k0, p.k_stride, s.kv_head, p.head_size);
    const T* v = head_row<T>(args.v, s.k_begin + k0, p.v_stride, s.kv_head, p.head_size);
    pack_transposed(kernel, k, p.k_stride, keys, p.head_size, scratch.keys);
    pack_straight(kernel, v, p.v_stride, keys, p.head_size, scratch.values);
  }

  // Scores of row i in columns [begin, end), outside of what its window shows.
  void hide(int64_t i, float* row, int64_t begin, int64_t end) const {
    const int64_t last = smaller(globals.end, visible_globals(p, q0 + i, s.sq, s.skv).end - k0);
    for (int64_t j = begin; j < end; ++j)
      if (j < globals.begin || j >= last || !p.global_keys[s.k_begin + k0 + j]) row[j] = -kInfinity;
  }

  // Scores of row i (within the block) to weights, over columns [begin, end); `range` is what the row sees.
  void weigh_row(int64_t i, float* row, int64_t begin, int64_t end, AttentionRange range) const {
    range.begin = larger(begin, range.begin - k0), range.end = smaller(end, range.end - k0);
    const AttentionRange whole{begin, smaller(end, keys)};
    const Vec scale = splat(static_cast<float>(p.scale));
    for (int64_t j = begin; j < end; j += kLanes) store(row + j, load(row + j) * scale);
    add_bias(p, s, q0 + i, k0, false, globals.begin < globals.end ? whole : range, row);
    hide(i, row, begin, smaller(end, range.begin));
    hide(i, row, larger(begin, range.end), end);
    Vec top = splat(scratch.largest[i]);
    for (int64_t j = begin; j < end; j += kLanes) top = max(load(row + j), top);
    const float before = scratch.largest[i], largest = max_lanes(top), shift = largest == -kInfinity ? 0.0f : largest;
    Vec sum{};
    for (int64_t j = begin; j < end; j += kLanes) {
      const Vec weight = exp_negative(load(row + j) - shift);
      store(row + j, weight);
      sum += weight;
    }
    scratch.largest[i] = largest;
    if (before != largest && before != -kInfinity) rescale(i, __builtin_expf(before - largest));
    scratch.sum[i] += sum_lanes(sum);
    if (p.dropout_p > 0) {
      dropout_factors(p, s, q0 + i, k0 + begin, end - begin, scratch.factors);
      for (int64_t j = begin; j < end; j += kLanes) store(row + j, load(row + j) * load(scratch.factors + j - begin));
    }
  }
  void rescale(int64_t i, float factor) const {
    float* out = scratch.out + i * width;
    for (int64_t d = 0; d < width; d += kLanes) store(out + d, load(out + d) * factor);
    scratch.sum[i] *= factor;
  }

  // Rows [row, row + rows) of the block against the packed keys.
  void run_tile(int64_t row, int64_t rows) const {
    const AttentionRange seen = seen_by(row, row + rows - 1);
    if (seen.begin >= seen.end) return;
    const int64_t first = seen.begin / kernel.panel * kernel.panel, last = seen.end;
    const int64_t columns = round_up(last - first, kernel.panel);
    const T* q = head_row<T>(args.q, s.q_begin + q0 + row, p.q_stride, s.h, p.head_size);
    pack_left(kernel, q, p.q_stride, rows, p.head_size, scratch.queries);
    multiply_block(kernel, scratch.queries, rows, {scratch.keys, p.head_size, first}, columns, p.head_size,
                   scratch.weights + first, kBlockRow, false);
    for (int64_t i = 0; i < rows; ++i)
      weigh_row(row + i, scratch.weights + i * kBlockRow, first, first + columns,
                visible_keys(p, q0 + row + i, s.sq, s.skv));
    const float* weights = left_of(kernel, scratch.weights + first, rows, last - first, scratch.rounded);
    multiply_block(kernel, weights, rows, {scratch.values, keys, 0, first}, width, last - first,
                   scratch.out + row * width, width, true);
  }

  // Columns that queries from i to `last` see some of.
  AttentionRange seen_by(int64_t i, int64_t last) const {
    const AttentionRange band{larger(0, visible_keys(p, q0 + i, s.sq, s.skv).begin - k0),
                              smaller(keys, visible_keys(p, q0 + last, s.sq, s.skv).end - k0)};
    return join(band, {globals.begin, smaller(globals.end, visible_globals(p, q0 + last, s.sq, s.skv).end - k0)});
  }

  void write_rows() const {
    for (int64_t i = 0; i < queries; ++i) {
      const float sum = scratch.sum[i], inverse = sum == 0 ? 0.0f : 1.0f / sum;
      const float* from = scratch.out + i * width;
      const int64_t token = s.q_begin + q0 + i;
      T* to = static_cast<T*>(args.o) + token * args.o_stride + s.h * p.head_size;
      for (int64_t d = 0; d < p.head_size; d += kLanes) store_up_to(to + d, load(from + d) * inverse, p.head_size - d);
      if (args.lse)
        static_cast<float*>(args.lse)[s.h * p.q_tokens + token] =
            sum == 0 ? -kInfinity : scratch.largest[i] + __builtin_logf(sum);
    }
  }

  void run() {
    for (int64_t i = 0; i < queries * width; i += kLanes) store(scratch.out + i, Vec{});
    for (int64_t i = 0; i < queries; ++i) scratch.largest[i] = -kInfinity, scratch.sum[i] = 0;
    const AttentionRange band{visible_keys(p, q0, s.sq, s.skv).begin,
                              visible_keys(p, q0 + queries - 1, s.sq, s.skv).end};
    const AttentionRange all{0, visible_globals(p, q0 + queries - 1, s.sq, s.skv).end};
    const AttentionRange visited = p.global_keys ? all : band;
    const TileScope tiles(kernel);
    for (k0 = visited.begin / kBlockKeys * kBlockKeys; k0 < visited.end; k0 += kBlockKeys) {
      keys = smaller(kBlockKeys, s.skv - k0);
      globals = globals_of(p, s, k0, keys);
      const AttentionRange seen = seen_by(0, queries - 1);
      if (seen.begin >= seen.end) continue;
      load_keys();
      for (int64_t i = 0; i < tile_count(kernel, queries); ++i) {
        const int64_t row = tile_begin(kernel, queries, i);
        run_tile(row, tile_begin(kernel, queries, i + 1) - row);
      }
    }
    write_rows();
  }
};

template <class T>
void clear_padding(const AttentionForwardArgs& args) {
  const AttentionProblem& p = args.problem;
  for (int64_t token = p.q_cu_seqlens[p.batch]; token < p.q_tokens; ++token) {
    T* o = static_cast<T*>(args.o) + token * args.o_stride;
    for (int64_t d = 0; d < p.heads * p.head_size; ++d) store_one(o + d, 0.0f);
    for (int64_t h = 0; args.lse && h < p.heads; ++h)
      static_cast<float*>(args.lse)[h * p.q_tokens + token] = -kInfinity;
  }
}

}  // namespace

void attention_forward(const AttentionForwardArgs& args, Run& run) {
  const AttentionProblem& p = args.problem;
  const MicroKernel& kernel = kernel_of(p, bf16_kernel(run.dot, run.is_plain));
  int64_t sizes[kParts];
  part_sizes(kernel, p, sizes);
  const int64_t floats = total_floats(sizes);
  float* base = static_cast<float*>(run.scratch(run.scratch_owner, run.pool.size() * floats * 4));
  const int64_t blocks = divide_up(p.max_sq, kBlockQueries);
  with_storage(p.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    run.pool.parallel(p.batch * p.heads * blocks, [&](int64_t index, int thread) {
      const int64_t q0 = index % blocks * kBlockQueries, head = index / blocks;
      ForwardTask<T> task{args, p, kernel, width_of(kernel, p), {}, sequence_of(p, head / p.heads, head % p.heads), q0,
                          0,    0, 0};
      task.queries = smaller(kBlockQueries, task.s.sq - q0);
      if (task.queries <= 0) return;
      cut_scratch(base + thread * floats, sizes, &task.scratch);
      task.run();
    });
    clear_padding<T>(args);
  });
}

}  // namespace gridstride::cpu::GS_ISA
