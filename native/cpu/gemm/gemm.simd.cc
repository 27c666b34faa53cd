// Blocked matrix product. A task is a block of rows by a range of panels; within it, for each block of depth, the rows
// of A sit packed in L2 and B goes by panel by panel. How the work is cut depends on the shape and the kernel alone;
// tasks are small and handed out one by one, since two cores may differ in speed by a factor of four on AMX.
#include "native/cpu/gemm/gemm.h"

#include "native/cpu/gemm/dot.h"
#include "native/cpu/gemm/finish.h"
#include "native/cpu/gemm/pack_operand.h"

namespace gridstride::cpu::GS_ISA {

namespace {

// Up to this many rows are one block: A is then packed once for all tasks, and each panel of B is read by one task
// only.
constexpr int64_t kSingleBlockRows = 256;
constexpr int64_t kBlockRows = 128;
constexpr int64_t kBlockCols = 384;
constexpr int64_t kWantedTasks = 16;  // where the shape gives that many

const MicroKernel kFloatKernel = {
    DType::f32,
    kTileRows,
    kPanel,
    1,
    false,
    [](int64_t rows, const Tile& tile) { multiply_tile(rows, tile, std::make_integer_sequence<int, kTileRows>()); },
    nullptr,
    nullptr};

const MicroKernel& kernel_of(const Gemm& g) {
  return g.bf16 && g.a.dtype == DType::bf16 && g.b.dtype == DType::bf16 ? *g.bf16 : kFloatKernel;
}

struct Plan {
  const MicroKernel& kernel;
  int64_t batches, row_blocks, col_blocks, panels, block_panels, depth_blocks, block_depth;
  int64_t max_rows;         // of a row block
  int64_t depth;            // of a packed panel
  bool shared_a, shared_b;  // packed once, by all threads, before the tasks (b: or long before)
  // Bytes of scratch: of all threads, and of each.
  int64_t shared_a_bytes, shared_b_bytes, own_a_bytes, own_b_bytes, own_c_bytes;

  int64_t panel_bytes(int64_t deep) const { return deep * kernel.panel * element_bytes(kernel); }
  int64_t thread_bytes() const { return own_a_bytes + own_b_bytes + own_c_bytes; }
};

void set_scratch(const Gemm& g, Plan* plan) {
  const int64_t spare = plan->kernel.fills_tiles ? plan->kernel.tile_rows : 0;  // read past the last row
  const int64_t c_bytes = plan->max_rows * plan->block_panels * plan->kernel.panel * 4;
  if (plan->shared_a)
    plan->shared_a_bytes = (plan->depth_blocks * g.m + spare) * kRowBytes;
  else
    plan->own_a_bytes = (plan->max_rows + spare) * kRowBytes;
  if (plan->shared_b)
    plan->shared_b_bytes = g.b_is_packed ? 0 : round_up(plan->panels * plan->panel_bytes(plan->depth), 64);
  else
    plan->own_b_bytes = round_up(plan->panel_bytes(plan->block_depth), 64);
  plan->own_c_bytes = plan->depth_blocks > 1 ? round_up(c_bytes, 64) : 0;
}

Plan make_plan(const Gemm& g) {
  Plan plan{kernel_of(g), 0, 0, 0, 0, 0, 0, 0, 0, 0, false, false, 0, 0, 0, 0, 0};
  const int64_t panel = plan.kernel.panel;
  plan.batches = g.outer * g.inner;
  plan.panels = divide_up(g.n, panel);
  plan.depth = packed_depth(plan.kernel, g.k);
  plan.depth_blocks = larger(1, divide_up(g.k, kMaxDepthBytes / element_bytes(plan.kernel)));
  plan.block_depth = larger(kDepthUnit, round_up(divide_up(g.k, plan.depth_blocks), kDepthUnit));
  plan.row_blocks = g.m <= kSingleBlockRows ? 1 : divide_up(g.m, kBlockRows);
  plan.block_panels = larger(1, smaller(kBlockCols / panel, plan.panels / (plan.row_blocks > 1 ? 1 : 32)));
  plan.col_blocks = divide_up(plan.panels, plan.block_panels);
  const int64_t other = larger(1, plan.batches * plan.col_blocks);
  if (other * plan.row_blocks < kWantedTasks)
    plan.row_blocks =
        larger(plan.row_blocks, smaller(divide_up(kWantedTasks, other), divide_up(g.m, 2 * plan.kernel.tile_rows)));
  plan.max_rows = divide_up(g.m, larger(1, plan.row_blocks));
  plan.shared_a = plan.batches == 1 && plan.row_blocks == 1;
  plan.shared_b = g.b_is_packed || (plan.batches == 1 && plan.row_blocks > 1);
  set_scratch(g, &plan);
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
  const char* shared_a;
  const char* shared_b;
  char *own_a, *own_b, *own_c;  // this thread's scratch
  int64_t batch, row, rows, panel, panels;
  int64_t next_panel;  // where this thread is likely to go on
  bool plain;

  const char* rows_of_a(int64_t block, Depth depth) const {
    if (plan.shared_a) return shared_a + (block * g.m + row) * kRowBytes;
    pack_operand_rows(plan.kernel, g.a, batch_offset(g, g.a, batch) + row * g.a.row + depth.begin * g.a.col, rows,
                      depth.count, own_a);
    return own_a;
  }
  const char* panel_of_b(int64_t p, Depth depth) const {
    if (plan.shared_b) return shared_b + p * plan.panel_bytes(plan.depth) + plan.panel_bytes(depth.begin);
    const int64_t col = p * plan.kernel.panel;
    pack_operand_panel(plan.kernel, g.b, batch_offset(g, g.b, batch) + depth.begin * g.b.row + col * g.b.col,
                       depth.count, smaller(plan.kernel.panel, g.n - col), own_b);
    return own_b;
  }
};

// One panel against the task's rows. Plain outputs of full panels are summed in place, the others in scratch.
void multiply_panel(const Task& task, const char* a, const char* b, int64_t p, int64_t block, Depth depth) {
  const Gemm& g = task.g;
  const MicroKernel& kernel = task.plan.kernel;
  const int64_t blocks = task.plan.depth_blocks, tiles = tile_count(kernel, task.rows), col = p * kernel.panel;
  const int64_t cols = smaller(kernel.panel, g.n - col), batch = batch_offset(g, g.c, task.batch);
  const bool in_place = task.plain && cols == kernel.panel;
  const int64_t scratch_row = blocks > 1 ? task.plan.block_panels * kernel.panel : kernel.panel;
  // The next panel is fetched into L2 meanwhile, a share of it during each tile.
  const int64_t after = p + 1 < task.panel + task.panels ? p + 1 : task.next_panel;
  const bool fetch = task.plan.shared_b && after < task.plan.panels;
  const int64_t share = divide_up(task.plan.panel_bytes(kernel.step), tiles);
  const char* next = fetch ? b + (after - p) * task.plan.panel_bytes(task.plan.depth) : nullptr;
  alignas(64) float buffer[kMaxTile];
  for (int64_t i = 0; i < tiles; ++i) {
    const int64_t begin = tile_begin(kernel, task.rows, i), count = tile_begin(kernel, task.rows, i + 1) - begin;
    Tile tile{a + begin * kRowBytes, b, buffer, scratch_row, depth.count, block > 0, kRowBytes, next, share};
    if (in_place) {
      tile.c = static_cast<float*>(g.c.data) + batch + (task.row + begin) * g.c.row + col;
      tile.c_row = g.c.row;
    } else if (blocks > 1) {
      tile.c = reinterpret_cast<float*>(task.own_c) + begin * scratch_row + (p - task.panel) * kernel.panel;
    }
    kernel.multiply(count, tile);
    if (!in_place && block == blocks - 1)
      finish_rows(g.c, tile.c, tile.c_row, batch, task.row + begin, count, col, cols);
    if (fetch) next += share * divide_up(depth.count, kernel.step);
  }
}

void run_task(const Task& task) {
  const TileScope tiles(task.plan.kernel);
  for (int64_t block = 0; block < task.plan.depth_blocks; ++block) {
    const Depth depth = depth_of(task.plan, task.g.k, block);
    const char* a = task.rows_of_a(block, depth);
    for (int64_t p = task.panel; p < task.panel + task.panels; ++p)
      multiply_panel(task, a, task.panel_of_b(p, depth), p, block, depth);
  }
}

void pack_shared_a(const Gemm& g, const Plan& plan, Pool& pool, char* to) {
  constexpr int64_t kRows = 16;
  const int64_t blocks = plan.depth_blocks;
  pool.parallel(blocks * divide_up(g.m, kRows), [&](int64_t task, int) {
    const int64_t block = task % blocks, row = task / blocks * kRows;
    const Depth depth = depth_of(plan, g.k, block);
    pack_operand_rows(plan.kernel, g.a, row * g.a.row + depth.begin * g.a.col, smaller(kRows, g.m - row), depth.count,
                      to + (block * g.m + row) * kRowBytes);
  });
}

void pack_shared_b(const Gemm& g, const Plan& plan, Pool& pool, char* to) {
  const int64_t panel = plan.kernel.panel;
  pool.parallel(plan.panels, [&](int64_t p, int) {
    pack_operand_panel(plan.kernel, g.b, p * panel * g.b.col, g.k, smaller(panel, g.n - p * panel),
                       to + p * plan.panel_bytes(plan.depth));
  });
}

bool is_empty(const Gemm& g) { return g.outer * g.inner * g.m * g.n == 0; }

}  // namespace

const MicroKernel& float_kernel() { return kFloatKernel; }

int64_t gemm_workspace(const Gemm& g, int threads) {
  if (is_empty(g)) return 0;
  if (wants_dot(g)) return dot_workspace(g);
  const Plan plan = make_plan(g);
  return plan.shared_a_bytes + plan.shared_b_bytes + threads * plan.thread_bytes();
}

void gemm(const Gemm& g, Pool& pool, void* workspace) {
  if (is_empty(g)) return;
  if (wants_dot(g)) return dot_gemm(g, pool, static_cast<float*>(workspace));
  const Plan plan = make_plan(g);
  char* shared_a = static_cast<char*>(workspace);
  char* packed_b = shared_a + plan.shared_a_bytes;
  char* own = packed_b + plan.shared_b_bytes;
  const char* shared_b = g.b_is_packed ? static_cast<const char*>(g.b.data) : packed_b;
  if (plan.shared_a) pack_shared_a(g, plan, pool, shared_a);
  if (plan.shared_b && !g.b_is_packed) pack_shared_b(g, plan, pool, packed_b);
  const bool plain = is_plain(g.c);
  pool.parallel(plan.batches * plan.row_blocks * plan.col_blocks, [&](int64_t index, int thread) {
    const int64_t cols = index % plan.col_blocks, rows = index / plan.col_blocks % plan.row_blocks;
    const int64_t row = g.m * rows / plan.row_blocks, panel = cols * plan.block_panels;
    char* own_a = own + thread * plan.thread_bytes();
    char* own_b = own_a + plan.own_a_bytes;
    const int64_t count = g.m * (rows + 1) / plan.row_blocks - row;
    const int64_t panels = smaller(plan.block_panels, plan.panels - panel);
    // Of a single block of rows the other threads take the blocks of columns that follow.
    const int64_t next = panel + (plan.row_blocks == 1 ? pool.size() * plan.block_panels : panels);
    run_task({g, plan, shared_a, shared_b, own_a, own_b, own_b + plan.own_b_bytes,
              index / plan.col_blocks / plan.row_blocks, row, count, panel, panels, next, plain});
  });
}

}  // namespace gridstride::cpu::GS_ISA
