#include "kernels/attention/list_tiles.cuh"
#include "native/cuda/attention/launch.h"

namespace gridstride::cuda {

const uint32_t* mark_globals(const char* op, const AttentionProblem& p, void* room, Run& run) {
  if (!has_globals(p)) return nullptr;
  auto* const words = static_cast<uint32_t*>(room);
  const int64_t blocks = blocks_for(p.max_skv, kGlobalThreads);
  if (p.batch > 0 && blocks > 0)
    check_launch(op, launch(run.stream, static_cast<unsigned>(p.batch * blocks), kGlobalThreads, 0,
                            attention_mark_globals, p, blocks, words));
  return words;
}

AttentionWork AttentionTiles::prepare(const char* op, const AttentionProblem& p, void* list, const uint32_t* globals,
                                      Run& run) const {
  AttentionWork work{nullptr, count_, of_keys_, globals, run.faults};
  if (!is_list_) return work;
  auto* const tiles = static_cast<AttentionTile*>(list);
  work.list = tiles;
  check_launch(op, launch(run.stream, blocks_for(p.batch, kAttentionListThreads), kAttentionListThreads, 0,
                          attention_list_tiles, p, of_keys_, rows_, tiles, count_));
  return work;
}

}  // namespace gridstride::cuda
