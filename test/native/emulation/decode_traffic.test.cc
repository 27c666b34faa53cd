// What attention over a paged cache moves: each sequence's keys and values once for all query heads that read them, and
// what its splits leave for the merge. Only the race build sees all accesses.
#include "kernels/attention/attention_decode.h"
#include "kernels/attention/cache_append.h"
#include "test/native/emulation/moved_bytes.h"

namespace gridstride {
namespace cuda {
void attention_decode(const AttentionDecodeArgs& args, Run& run);
void cache_append(const CacheAppendArgs& args, Run& run);
}  // namespace cuda

namespace test {
namespace {

struct Case {
  std::vector<int32_t> lengths;
  int64_t group, head_size, capacity;
  DType dtype;
  int64_t window = -1;
  double most = 1.05;
};

constexpr int64_t kKvHeads = 2, kPageSize = 16;

std::string name_of(const char* op, const Case& c) {
  return std::string(op) + " " + dtype_name(c.dtype) + " group " + std::to_string(c.group) + " D " +
         std::to_string(c.head_size) + (c.window < 0 ? "" : " window");
}

// One query each, page after page.
void expect_decode(const Case& c) {
  const auto batch = static_cast<int64_t>(c.lengths.size());
  const int64_t element = dtype_size(c.dtype), row = kKvHeads * c.head_size * element;
  Memory m;
  AttentionDecodeArgs args{};
  args.batch = args.q_tokens = batch, args.max_sq = 1;
  args.heads = kKvHeads * c.group, args.kv_heads = kKvHeads, args.head_size = c.head_size;
  args.page_size = kPageSize, args.max_pages = c.capacity / kPageSize, args.pages = batch * args.max_pages;
  args.q_stride = args.heads * c.head_size, args.window = c.window, args.scale = 0.125, args.dtype = c.dtype;
  args.k_cache = m.spare(batch * c.capacity * row), args.v_cache = m.spare(batch * c.capacity * row);
  args.q = m.take(c.group * row * batch), args.o = m.take(c.group * row * batch);
  auto *cu = m.take_as<int32_t>(batch + 1), *lengths = m.take_as<int32_t>(batch);
  auto* pages = static_cast<int32_t*>(m.spare(args.pages * 4));
  for (int64_t i = 0; i < args.pages; ++i) pages[i] = static_cast<int32_t>(args.pages - 1 - i);
  for (int64_t b = 0; b < batch; ++b) {
    cu[b + 1] = static_cast<int32_t>(b + 1), lengths[b] = c.lengths[static_cast<size_t>(b)];
    const int64_t keys = c.window < 0 ? lengths[b] : std::min<int64_t>(lengths[b], c.window + 1);
    for (int tensor = 0; tensor < 2; ++tensor) m.take(keys * row);  // the part of a cache that is read
  }
  args.q_cu_seqlens = cu, args.page_table = pages, args.kv_lengths = lengths;
  expect_moved(
      name_of("attention decode", c), m, [&](cuda::Run& run) { cuda::attention_decode(args, run); }, c.most);
}

void expect_append(DType dtype) {
  constexpr int64_t kTokens = 64, kRow = 1024, kSlots = 96;
  const int64_t bytes = kTokens * kRow * dtype_size(dtype);
  Memory m;
  CacheAppendArgs args{};
  args.k = m.take(bytes), args.v = m.take(bytes);
  args.k_cache = m.spare(bytes / kTokens * kSlots), args.v_cache = m.spare(bytes / kTokens * kSlots);
  m.take(2 * bytes);  // the slots that are written
  auto* slots = m.take_as<int32_t>(kTokens);
  for (int64_t t = 0; t < kTokens; ++t) slots[t] = static_cast<int32_t>(kSlots - 1 - t);
  args.slots = slots, args.tokens = kTokens, args.row = args.k_stride = args.v_stride = kRow, args.slot_count = kSlots;
  args.dtype = dtype;
  expect_moved(std::string("cache append ") + dtype_name(dtype), m,
               [&](cuda::Run& run) { cuda::cache_append(args, run); });
}

}  // namespace
}  // namespace test
}  // namespace gridstride

int main() {
  using namespace gridstride;
  using namespace gridstride::test;
  return main_of_race_build([] {
    const Case cases[] = {
        {{700, 1024}, 1, 64, 2048, DType::f32},
        {{256, 200}, 4, 128, 256, DType::bf16},
        {{1000, 300}, 1, 64, 1024, DType::bf16},
        {{1024, 512}, 4, 128, 2048, DType::bf16},
        {{2048}, 4, 64, 2048, DType::f16, 700},
        {{1024}, 8, 64, 1024, DType::bf16, -1, 1.08},  // eight rows' outputs for each split of 256 keys
        {{1024}, 16, 64, 1024, DType::bf16, -1, 1.16},
    };
    for (const Case& c : cases) expect_decode(c);
    for (const DType dtype : {DType::f32, DType::bf16}) expect_append(dtype);
  });
}
