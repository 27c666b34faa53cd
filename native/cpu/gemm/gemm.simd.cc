// Blocked matrix product. A task is a block of rows by a range of panels; within it, for each block of depth, the rows
// of A sit packed in L2 and B goes by panel by panel. How the work is cut depends on the shape alone.
#include "native/cpu/gemm/gemm.h"

#include "native/cpu/gemm/dot.h"
#include "native/cpu/gemm/finish.h"
#include "native/cpu/gemm/pack.h"
#include "native/cpu/gemm/tile.h"

namespace gridstride::cpu::GS_ISA {

namespace {

// Up to this many rows are one block: A is then packed once for all tasks, and each panel of B is read by one task
// only.
constexpr int64_t kSingleBlockRows = 256;
constexpr int64_t kBlockRows = 128;
constexpr int64_t kBlockCols = 384;
constexpr int64_t kWantedTasks = 16;  // where the shape gives that many

struct Plan {
  int64_t batches, row_blocks, col_blocks, panels, block_panels, depth_blocks, block_depth;
  int64_t max_rows;         // of a row block
  bool shared_a, shared_b;  // packed once, by all threads, before the tasks
  int64_t shared_a_floats, shared_b_floats, thread_floats;
};

Plan make_plan(const Gemm& g) {
  Plan plan{};
  plan.batches = g.outer * g.inner;
  plan.panels = divide_up(g.n, kPanel);
  plan.depth_blocks = larger(1, divide_up(g.k, kMaxDepth));
  plan.block_depth = larger(kLanes, round_up(divide_up(g.k, plan.depth_blocks), kLanes));
  plan.row_blocks = g.m <= kSingleBlockRows ? 1 : divide_up(g.m, kBlockRows);
  plan.block_panels = larger(1, smaller(kBlockCols / kPanel, plan.panels / (plan.row_blocks > 1 ? 1 : 32)));
  plan.col_blocks = divide_up(plan.panels, plan.block_panels);
  const int64_t other = larger(1, plan.batches * plan.col_blocks);
  if (other * plan.row_blocks < kWantedTasks)
    plan.row_blocks = larger(plan.row_blocks, smaller(divide_up(kWantedTasks, other), divide_up(g.m, 2 * kTileRows)));
  plan.max_rows = divide_up(g.m, larger(1, plan.row_blocks));
  plan.shared_a = plan.batches == 1 && plan.row_blocks == 1;
  plan.shared_b = plan.batches == 1 && plan.row_blocks > 1;
  plan.shared_a_floats = plan.shared_a ? plan.depth_blocks * g.m * kRowStride : 0;
  plan.shared_b_floats = plan.shared_b ? plan.panels * g.k * kPanel : 0;
  plan.thread_floats = (plan.shared_a ? 0 : plan.max_rows * kRowStride) +
                       (plan.shared_b ? 0 : plan.block_depth * kPanel) +
                       (plan.depth_blocks > 1 ? plan.max_rows * plan.block_panels * kPanel : 0);
  return plan;
}

struct Depth {
  int64_t begin, count;
};
Depth depth_of(const Plan& plan, int64_t k, int64_t block) {
  const int64_t begin = smaller(k, block * plan.block_depth);
  return {begin, smaller(k, begin + plan.block_depth) - begin};
}

// X is an operand or the output.
template <class X>
int64_t batch_offset(const Gemm& g, const X& x, int64_t batch) {
  return batch / g.inner * x.outer + batch % g.inner * x.inner;
}

struct Task {
  const Gemm& g;
  const Plan& plan;
  const float* shared_a;
  const float* shared_b;
  float *own_a, *own_b, *own_c;  // this thread's scratch
  int64_t batch, row, rows, panel, panels;
  bool plain;

  const float* rows_of_a(int64_t block, Depth depth) const {
    if (plan.shared_a) return shared_a + (block * g.m + row) * kRowStride;
    pack_operand_rows(g.a, batch_offset(g, g.a, batch) + row * g.a.row + depth.begin * g.a.col, rows, depth.count,
                      own_a, kRowStride);
    return own_a;
  }
  const float* panel_of_b(int64_t p, Depth depth) const {
    if (plan.shared_b) return shared_b + (p * g.k + depth.begin) * kPanel;
    pack_operand_panel(g.b, batch_offset(g, g.b, batch) + depth.begin * g.b.row + p * kPanel * g.b.col, depth.count,
                       smaller(kPanel, g.n - p * kPanel), own_b);
    return own_b;
  }
};

// One panel against the task's rows. Plain outputs of full panels are summed in place, the others in scratch.
void multiply_panel(const Task& task, const float* a, const float* b, int64_t p, int64_t block, Depth depth) {
  const Gemm& g = task.g;
  const int64_t blocks = task.plan.depth_blocks, tiles = tile_count(task.rows), col = p * kPanel;
  const int64_t cols = smaller(kPanel, g.n - col), batch = batch_offset(g, g.c, task.batch);
  const bool in_place = task.plain && cols == kPanel;
  const int64_t scratch_row = blocks > 1 ? task.plan.block_panels * kPanel : kPanel;
  // The next panel is fetched into L2 meanwhile, a share of it during each tile.
  const bool fetch = task.plan.shared_b && p + 1 < task.plan.panels;
  const int64_t step = divide_up(kPanel * 4, tiles);
  const char* next = fetch ? reinterpret_cast<const char*>(b + g.k * kPanel) : nullptr;
  alignas(64) float buffer[kTileRows * kPanel];
  for (int64_t i = 0; i < tiles; ++i) {
    const int64_t begin = tile_begin(task.rows, i), count = tile_begin(task.rows, i + 1) - begin;
    Tile tile{a + begin * kRowStride, b, buffer, scratch_row, depth.count, block > 0, next, step};
    if (in_place) {
      tile.c = static_cast<float*>(g.c.data) + batch + (task.row + begin) * g.c.row + col;
      tile.c_row = g.c.row;
    } else if (blocks > 1) {
      tile.c = task.own_c + begin * scratch_row + (p - task.panel) * kPanel;
    }
    tile_function<kRowStride>(count)(tile);
    if (!in_place && block == blocks - 1)
      finish_rows(g.c, tile.c, tile.c_row, batch, task.row + begin, count, col, cols);
    if (fetch) next += step * depth.count;
  }
}

void run_task(const Task& task) {
  for (int64_t block = 0; block < task.plan.depth_blocks; ++block) {
    const Depth depth = depth_of(task.plan, task.g.k, block);
    const float* a = task.rows_of_a(block, depth);
    for (int64_t p = task.panel; p < task.panel + task.panels; ++p)
      multiply_panel(task, a, task.panel_of_b(p, depth), p, block, depth);
  }
}

void pack_shared_a(const Gemm& g, const Plan& plan, Pool& pool, float* to) {
  constexpr int64_t kRows = 16;
  const int64_t blocks = plan.depth_blocks;
  pool.parallel(blocks * divide_up(g.m, kRows), [&](int64_t task, int) {
    const int64_t block = task % blocks, row = task / blocks * kRows;
    const Depth depth = depth_of(plan, g.k, block);
    pack_operand_rows(g.a, row * g.a.row + depth.begin * g.a.col, smaller(kRows, g.m - row), depth.count,
                      to + (block * g.m + row) * kRowStride, kRowStride);
  });
}

void pack_shared_b(const Gemm& g, const Plan& plan, Pool& pool, float* to) {
  pool.parallel(plan.panels, [&](int64_t p, int) {
    pack_operand_panel(g.b, p * kPanel * g.b.col, g.k, smaller(kPanel, g.n - p * kPanel), to + p * g.k * kPanel);
  });
}

bool is_empty(const Gemm& g) { return g.outer * g.inner * g.m * g.n == 0; }

}  // namespace

int64_t gemm_workspace(const Gemm& g, int threads) {
  if (is_empty(g)) return 0;
  if (wants_dot(g)) return dot_workspace(g);
  const Plan plan = make_plan(g);
  const int64_t thread = round_up(plan.thread_floats, 16);
  return 4 * (round_up(plan.shared_a_floats, 16) + round_up(plan.shared_b_floats, 16) + threads * thread);
}

void gemm(const Gemm& g, Pool& pool, void* workspace) {
  if (is_empty(g)) return;
  if (wants_dot(g)) return dot_gemm(g, pool, static_cast<float*>(workspace));
  const Plan plan = make_plan(g);
  float* shared_a = static_cast<float*>(workspace);
  float* shared_b = shared_a + round_up(plan.shared_a_floats, 16);
  float* own = shared_b + round_up(plan.shared_b_floats, 16);
  if (plan.shared_a) pack_shared_a(g, plan, pool, shared_a);
  if (plan.shared_b) pack_shared_b(g, plan, pool, shared_b);
  const bool plain = is_plain(g.c);
  pool.parallel(plan.batches * plan.row_blocks * plan.col_blocks, [&](int64_t index, int thread) {
    const int64_t cols = index % plan.col_blocks, rows = index / plan.col_blocks % plan.row_blocks;
    const int64_t row = g.m * rows / plan.row_blocks, panel = cols * plan.block_panels;
    float* own_a = own + thread * round_up(plan.thread_floats, 16);
    float* own_b = own_a + (plan.shared_a ? 0 : plan.max_rows * kRowStride);
    float* own_c = own_b + (plan.shared_b ? 0 : plan.block_depth * kPanel);
    const int64_t count = g.m * (rows + 1) / plan.row_blocks - row;
    run_task({g, plan, shared_a, shared_b, own_a, own_b, own_c, index / plan.col_blocks / plan.row_blocks, row, count,
              panel, smaller(plan.block_panels, plan.panels - panel), plain});
  });
}

}  // namespace gridstride::cpu::GS_ISA
