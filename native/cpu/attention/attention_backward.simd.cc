// Backward in rounds: round r takes block r of keys of every sequence and key/value head, one task each, so that dK and
// dV have one owner and dQ grows in order of the rounds; so have d_col and so does d_row. dbias, where wanted, is a
// pass of its own.
#include "native/cpu/attention/backward_block.h"
#include "native/cpu/run.h"

GS_PER_ISA(void attention_backward(const AttentionBackwardArgs&, Run&);)

namespace gridstride::cpu::GS_ISA {

namespace {

// All scratch: deltas, dQ in f32 where there are several rounds, and the threads' parts.
struct Memory {
  float* delta;    // (heads, q_tokens)
  float* dq;       // (q_tokens, heads, width)
  float* threads;  // thread_floats each
};

template <class T>
struct BackwardPass {
  const AttentionBackwardArgs& args;
  const AttentionProblem& p;
  const MicroKernel& kernel;
  int64_t width;  // floats between rows of dQ, dK and dV of a head
  Pool& pool;
  Memory memory;
  int64_t sizes[kBackwardParts];
  bool in_rounds;

  BackwardBlock<T> block_of(int64_t b, int64_t h, int thread) const {
    BackwardBlock<T> block{args, p, kernel, memory.delta, {}, sequence_of(p, b, h), 0, 0, 0, 0};
    cut_scratch(memory.threads + thread * total_floats(sizes), sizes, &block.scratch);
    return block;
  }

  void fill_delta() const {
    constexpr int64_t kTokens = 16;
    pool.ranges(p.q_tokens, kTokens, [&](int64_t begin, int64_t end, int) {
      for (int64_t token = begin; token < end; ++token)
        for (int64_t h = 0; h < p.heads; ++h) {
          const T* o = head_row<T>(args.o, token, args.o_stride, h, p.head_size);
          const T* g = head_row<T>(args.d_o, token, args.d_o_stride, h, p.head_size);
          Vec sum{};
          for (int64_t d = 0; d < p.head_size; d += kLanes)
            sum += load_up_to(o + d, p.head_size - d) * load_up_to(g + d, p.head_size - d);
          memory.delta[h * p.q_tokens + token] = sum_lanes(sum);
        }
    });
  }

  // rows of `from`, times factor, to a head's part of token rows.
  void write_rows(const float* from, int64_t from_row, int64_t rows, float factor, void* to, int64_t offset,
                  int64_t to_row) const {
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t d = 0; d < p.head_size; d += kLanes)
        store_up_to(static_cast<T*>(to) + offset + i * to_row + d, load(from + i * from_row + d) * factor,
                    p.head_size - d);
  }

  void add_dq(const BackwardBlock<T>& block) const {
    const int64_t row_floats = p.heads * width;
    for (int64_t t = 0; t < tile_count(kernel, block.queries); ++t) {
      const int64_t row = tile_begin(kernel, block.queries, t);
      const int64_t rows = tile_begin(kernel, block.queries, t + 1) - row;
      const int64_t token = block.s.q_begin + block.q0 + row;
      float* sums = in_rounds ? memory.dq + token * row_floats + block.s.h * width : block.scratch.dq;
      const float* left =
          left_of(kernel, block.scratch.ds_rows + row * kBlockRow, rows, block.keys, block.scratch.rounded);
      multiply_block(kernel, left, rows, {block.scratch.key_panels, block.keys}, width, block.keys, sums,
                     in_rounds ? row_floats : width, in_rounds);
      if (!in_rounds)
        write_rows(sums, width, rows, static_cast<float>(p.scale), args.dq,
                   token * args.dq_stride + block.s.h * p.head_size, args.dq_stride);
    }
  }

  // The block's share of d_row and d_col.
  void add_terms(const BackwardBlock<T>& block) const {
    const Sequence& s = block.s;
    const auto sums = [&](void* to, int64_t token) {
      return static_cast<float*>(to) + (token * p.heads + s.h) * p.bias.relative.buckets;
    };
    for (int64_t i = 0; args.d_row && i < block.queries; ++i)
      add_to_buckets({p.bias.relative, block.q0 + i, block.k0, s.sq, s.skv, false},
                     block.scratch.ds_rows + i * kBlockRow, {0, block.keys},
                     sums(args.d_row, s.q_begin + block.q0 + i));
    for (int64_t j = 0; args.d_col && j < block.keys; ++j)
      add_to_buckets({p.bias.relative, block.q0, block.k0 + j, s.sq, s.skv, true}, block.scratch.ds + j * kBlockRow,
                     {0, block.queries}, sums(args.d_col, s.k_begin + block.k0 + j));
  }

  void run_round(int64_t round) const {
    pool.parallel(p.batch * p.kv_heads, [&](int64_t task, int thread) {
      const int64_t group = p.heads / p.kv_heads, kv_head = task % p.kv_heads;
      BackwardBlock<T> block = block_of(task / p.kv_heads, kv_head * group, thread);
      if (round > 0 && round * kBlockKeys >= block.s.skv) return;
      const TileScope tiles(kernel);
      block.load_keys(round * kBlockKeys);
      for (int64_t i = 0; i < block.keys * width; i += kLanes) {
        store(block.scratch.dk + i, Vec{});
        store(block.scratch.dv + i, Vec{});
      }
      for (; block.s.h < (kv_head + 1) * group; ++block.s.h)
        for (int64_t q0 = 0; q0 < block.s.sq; q0 += kBlockQueries) {
          if (in_rounds && !block.meets(q0)) continue;
          block.load_queries(q0);
          block.run(true);
          add_dq(block);
          add_terms(block);
        }
      const int64_t token = block.s.k_begin + block.k0, head = kv_head * p.head_size;
      write_rows(block.scratch.dk, width, block.keys, static_cast<float>(p.scale), args.dk,
                 token * args.dk_stride + head, args.dk_stride);
      write_rows(block.scratch.dv, width, block.keys, 1.0f, args.dv, token * args.dv_stride + head, args.dv_stride);
    });
  }

  void clear(void* sums, int64_t count) const {
    constexpr int64_t kFloats = 1 << 14;
    if (!sums) return;
    pool.ranges(count, kFloats, [&](int64_t begin, int64_t end, int) {
      memset(static_cast<float*>(sums) + begin, 0, static_cast<size_t>(end - begin) * sizeof(float));
    });
  }
  void finish_dq() const {
    constexpr int64_t kTokens = 16;
    pool.ranges(p.q_cu_seqlens[p.batch], kTokens, [&](int64_t begin, int64_t end, int) {
      for (int64_t h = 0; h < p.heads; ++h)
        write_rows(memory.dq + (begin * p.heads + h) * width, p.heads * width, end - begin, static_cast<float>(p.scale),
                   args.dq, begin * args.dq_stride + h * p.head_size, args.dq_stride);
    });
  }

  void clear_padding(void* to, int64_t stride, int64_t heads, int64_t begin, int64_t end) const {
    for (int64_t token = begin; token < end; ++token)
      for (int64_t d = 0; d < heads * p.head_size; ++d) store_one(static_cast<T*>(to) + token * stride + d, 0.0f);
  }

  void run() const {
    fill_delta();
    if (in_rounds) clear(memory.dq, p.q_tokens * p.heads * width);
    clear(args.d_row, p.q_tokens * p.heads * p.bias.relative.buckets);
    clear(args.d_col, p.kv_tokens * p.heads * p.bias.relative.buckets);
    for (int64_t round = 0; round < larger(1, divide_up(p.max_skv, kBlockKeys)); ++round) run_round(round);
    if (in_rounds) finish_dq();
    clear_padding(args.dq, args.dq_stride, p.heads, p.q_cu_seqlens[p.batch], p.q_tokens);
    clear_padding(args.dk, args.dk_stride, p.kv_heads, p.kv_cu_seqlens[p.batch], p.kv_tokens);
    clear_padding(args.dv, args.dv_stride, p.kv_heads, p.kv_cu_seqlens[p.batch], p.kv_tokens);
  }
};

// One element of dbias in batch, head and block of rows has one task, which takes what it stands for in order.
template <class T>
struct BiasPass {
  const BackwardPass<T>& pass;
  const AttentionBackwardArgs& args;
  const AttentionProblem& p;

  static AttentionRange span(int64_t stride, int64_t index, int64_t count) {
    return stride ? AttentionRange{index, index + 1} : AttentionRange{0, count};
  }

  void clear(int64_t b, int64_t h, int64_t block) const {
    const int64_t cols = args.dbias_col_stride ? p.max_skv : 1;
    const int64_t begin = args.dbias_row_stride ? block * kBlockQueries : 0;
    const int64_t end = args.dbias_row_stride ? smaller(p.max_sq, begin + kBlockQueries) : 1;
    for (int64_t i = begin; i < end; ++i)
      for (int64_t j = 0; j < cols; ++j) *at(b, h, i, j) = 0;
  }
  float* at(int64_t b, int64_t h, int64_t i, int64_t j) const {
    return static_cast<float*>(args.dbias) + b * args.dbias_batch_stride + h * args.dbias_head_stride +
           i * args.dbias_row_stride + j * args.dbias_col_stride;
  }

  void add(const BackwardBlock<T>& block) const {
    for (int64_t i = 0; i < block.queries; ++i)
      for (int64_t j = 0; j < block.keys; ++j)
        *at(block.s.b, block.s.h, block.q0 + i, block.k0 + j) += block.scratch.ds_rows[i * kBlockRow + j];
  }

  void run() const {
    const int64_t batches = args.dbias_batch_stride ? p.batch : 1, heads = args.dbias_head_stride ? p.heads : 1;
    const int64_t all = divide_up(p.max_sq, kBlockQueries), blocks = args.dbias_row_stride ? all : 1;
    pass.pool.parallel(batches * heads * blocks, [&](int64_t task, int thread) {
      const int64_t own_b = task / blocks / heads, own_h = task / blocks % heads;
      const AttentionRange bs = span(args.dbias_batch_stride, own_b, p.batch);
      const AttentionRange hs = span(args.dbias_head_stride, own_h, p.heads);
      const AttentionRange rows = span(args.dbias_row_stride, task % blocks, all);
      clear(own_b, own_h, task % blocks);
      for (int64_t b = bs.begin; b < bs.end; ++b)
        for (int64_t h = hs.begin; h < hs.end; ++h) add_head(pass.block_of(b, h, thread), rows);
    });
  }
  void add_head(BackwardBlock<T> block, AttentionRange rows) const {
    const TileScope tiles(block.kernel);
    for (int64_t k0 = 0; k0 < block.s.skv; k0 += kBlockKeys) {
      block.load_keys(k0);
      for (int64_t q0 = rows.begin * kBlockQueries; q0 < smaller(block.s.sq, rows.end * kBlockQueries);
           q0 += kBlockQueries) {
        if (!block.meets(q0)) continue;
        block.load_queries(q0);
        block.run(false);
        add(block);
      }
    }
  }
};

}  // namespace

void attention_backward(const AttentionBackwardArgs& args, Run& run) {
  const AttentionProblem& p = args.problem;
  const MicroKernel& kernel = kernel_of(p, bf16_kernel(run.dot, run.is_plain));
  const bool in_rounds = p.max_skv > kBlockKeys;
  const int64_t width = width_of(kernel, p);
  int64_t sizes[kBackwardParts];
  backward_sizes(kernel, p, sizes);
  const int64_t delta_floats = round_up(p.heads * p.q_tokens, 16);
  const int64_t dq_floats = in_rounds ? round_up(p.q_tokens * p.heads * width, 16) : 0;
  const int64_t floats = delta_floats + dq_floats + run.pool.size() * total_floats(sizes);
  float* base = static_cast<float*>(run.scratch(run.scratch_owner, floats * 4));
  with_storage(p.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const Memory memory{base, base + delta_floats, base + delta_floats + dq_floats};
    BackwardPass<T> pass{args, p, kernel, width, run.pool, memory, {}, in_rounds};
    memcpy(pass.sizes, sizes, sizeof sizes);
    pass.run();
    if (args.dbias) BiasPass<T>{pass, args, p}.run();
  });
}

}  // namespace gridstride::cpu::GS_ISA
