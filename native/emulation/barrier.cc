#include "native/emulation/barrier.h"

#include "native/emulation/block.h"
#include "native/emulation/race/detector.h"
#include "native/emulation/traffic/counter.h"

namespace gridstride::emulation {

void Barrier::reset() {
  arrived_ = 0;
  waiting_.clear();
  gathered_.clear();
}

void Barrier::arrive(unsigned expected, bool waits, const char* name, const Where& where) {
  Thread& me = running_thread();
  if (arrived_ > 0 && expected != expected_)
    fail(std::string(name) + ": threads of a barrier must expect as many, got " + std::to_string(expected) + " and " +
             std::to_string(expected_),
         where);
  if (!waiting_.empty() && waits && expected == block().size() && waiting_.front()->where.line() != where.line())
    fail("divergent barrier: a thread at " + text_of(where) + " meets threads at " + text_of(waiting_.front()->where));
  expected_ = expected;
  ++arrived_;
  if (kDetectsRaces) race_detector().release(me, gathered_);
  if (waits) {
    me.wait_in(name, where);
    waiting_.push_back(&me);
  }
  if (arrived_ == expected_) complete();
  if (waits) block().wait();
}

void Barrier::complete() {
  if (kDetectsRaces && waiting_.size() == block().size())
    race_detector().pass_full_barrier();
  else if (kDetectsRaces)
    for (Thread* thread : waiting_) race_detector().acquire(*thread, gathered_);
  if (traffic_counter().is_on() && waiting_.size() == block().size()) traffic_counter().close_block();
  for (Thread* thread : waiting_) block().wake(*thread);
  reset();
}

void sync_threads(const Where& where) {
  if (block().exited() > 0)
    fail("__syncthreads needs every thread of the block, " + std::to_string(block().exited()) + " have returned",
         where);
  block().barrier(0).arrive(block().size(), true, "__syncthreads", where);
}

namespace {

Barrier& named(unsigned id, unsigned threads, const char* name, const Where& where) {
  if (id > 15) fail(std::string(name) + ": barriers are numbered 0 to 15, got " + std::to_string(id), where);
  if (threads == 0 || threads % 32 != 0 || threads > block().size())
    fail(std::string(name) + ": takes whole warps of the block, got " + std::to_string(threads) + " threads", where);
  return block().barrier(id);
}

}  // namespace

void sync_barrier(unsigned id, unsigned threads, const Where& where) {
  named(id, threads, "bar.sync", where).arrive(threads, true, "bar.sync", where);
}

void arrive_barrier(unsigned id, unsigned threads, const Where& where) {
  named(id, threads, "bar.arrive", where).arrive(threads, false, "bar.arrive", where);
}

}  // namespace gridstride::emulation
