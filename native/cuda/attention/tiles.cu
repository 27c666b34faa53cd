#include "kernels/attention/list_tiles.cuh"
#include "native/cuda/attention/launch.h"

namespace gridstride::cuda {

AttentionWork AttentionTiles::prepare(const char* op, const AttentionProblem& p, void* list, Run& run) const {
  AttentionWork work{nullptr, count_, of_keys_};
  if (!is_list_) return work;
  auto* const tiles = static_cast<AttentionTile*>(list);
  work.list = tiles;
  check_launch(op, launch(run.stream, blocks_for(p.batch, kAttentionListThreads), kAttentionListThreads, 0,
                          attention_list_tiles, p, of_keys_, rows_, tiles, count_));
  return work;
}

}  // namespace gridstride::cuda
