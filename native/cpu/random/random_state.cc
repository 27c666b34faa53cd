#include "kernels/random/random_state.h"

#include "native/cpu/run.h"

namespace gridstride::cpu {

void random_state_set(const RandomStateSetArgs& args, Run&) {
  args.state[0] = args.seed;
  args.state[1] = args.offset;
}

void random_state_advance(const RandomStateAdvanceArgs& args, Run&) {
  args.state[1] = static_cast<int64_t>(static_cast<uint64_t>(args.state[1]) + static_cast<uint64_t>(args.counters));
}

}  // namespace gridstride::cpu
