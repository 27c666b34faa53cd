#include "native/emulation/block.h"

#include <bit>

#include "native/emulation/race/detector.h"
#include "native/emulation/traffic/counter.h"

namespace gridstride::emulation {

namespace {

std::string text_of(uint3 i) {
  return "(" + std::to_string(i.x) + ", " + std::to_string(i.y) + ", " + std::to_string(i.z) + ")";
}

// Position of the first set bit from bit `start` % 32 on, around the end.
unsigned next_bit(uint32_t mask, uint32_t start) {
  return (start + static_cast<unsigned>(std::countr_zero(std::rotr(mask, static_cast<int>(start % 32))))) % 32;
}

}  // namespace

Block the_block;

void fail(const std::string& rule) {
  if (!block().running()) throw EmulationError(rule);
  block().stop(rule);
}
void fail(const std::string& rule, const Where& where) { fail(rule + ", at " + text_of(where)); }

uint32_t Block::random() {
  random_state_ ^= random_state_ << 13;
  random_state_ ^= random_state_ >> 7;
  random_state_ ^= random_state_ << 17;
  return static_cast<uint32_t>(random_state_ >> 16);
}

void Block::start(const Launch& launch, uint3 index, uint64_t seed) {
  launch_ = &launch;
  index_ = index;
  size_ = alive_ = launch.block.x * launch.block.y * launch.block.z;
  random_state_ = seed | 1;
  for (int i = 0; i < 4; ++i) random();
  favours_one_warp_ = random() & 1;
  last_warp_ = 0;
  if (threads_.size() < size_) {
    threads_ = std::vector<Thread>(size_);
    stacks_ = std::make_unique<FiberStacks>(size_);
  }
  warps_.assign((size_ + 31) / 32, Warp{});
  ready_warps_ = 0;
  for (Barrier& barrier : barriers_) barrier.reset();
  shared_.reset(launch.dynamic_bytes);
  for (unsigned i = 0; i < size_; ++i) {
    Thread& thread = threads_[i];
    thread.linear = i;
    thread.lane = i % 32;
    thread.warp = i / 32;
    thread.index = {i % launch.block.x, i / launch.block.x % launch.block.y, i / (launch.block.x * launch.block.y)};
    thread.operation = nullptr;
    thread.copies.clear();
    thread.moves_vector = false;
    thread.fiber.prepare(stacks_->bottom(i), FiberStacks::kBytes, &Block::thread_main);
    warps_[thread.warp].alive |= 1u << thread.lane;
    wake(thread);
  }
}

void Block::run(const Launch& launch, uint3 index, uint64_t seed) {
  start(launch, index, seed);
  if (kDetectsRaces) race_detector().start_block(size_);
  if (traffic_counter().is_on()) traffic_counter().start_block(size_);
  while (Thread* next = pick()) {
    running_ = next;
    next->fiber.resume();
    if (!failure_.empty()) give_up(failure_);
    running_ = nullptr;
  }
  if (alive_ > 0) give_up(located(deadlock()));
  const std::string damage = shared_.damaged_red_zone();
  if (!damage.empty()) give_up(located(damage + ", found at the end of the block"));
  if (traffic_counter().is_on()) traffic_counter().close_block();
}

void Block::thread_main() {
  Block& self = block();
  self.launch_->body.call(self.launch_->body.object);
  Thread& me = *self.running_;
  if (!me.copies.idle()) self.stop("the thread returns with cp.async under way");
  if (self.barriers_[0].is_open()) self.stop("the thread returns while others wait at a barrier");
  me.state = Thread::State::exited;
  --self.alive_;
  self.warps_[me.warp].alive &= ~(1u << me.lane);
  me.fiber.finish();
}

Thread* Block::pick() {
  if (!ready_warps_) return nullptr;
  const uint32_t drawn = random();
  const bool stays = favours_one_warp_ && (ready_warps_ >> last_warp_ & 1) && (drawn >> 10) % 64 != 0;
  if (!stays) last_warp_ = next_bit(ready_warps_, drawn >> 5);
  uint32_t& ready = warps_[last_warp_].ready;
  const unsigned lane = next_bit(ready, drawn);
  ready &= ~(1u << lane);
  if (!ready) ready_warps_ &= ~(1u << last_warp_);
  return &threads_[last_warp_ * 32 + lane];
}

void Block::wake(Thread& thread) {
  thread.state = Thread::State::ready;
  warps_[thread.warp].ready |= 1u << thread.lane;
  ready_warps_ |= 1u << thread.warp;
}

// Who waits where, one line for neighbours that wait alike.
std::string Block::deadlock() const {
  std::string text = "deadlock, no thread can run:";
  for (unsigned i = 0, first = 0; i < size_; ++i) {
    const Thread& t = threads_[i];
    const Thread* next = i + 1 < size_ ? &threads_[i + 1] : nullptr;
    if (next && next->state == t.state && (t.state == Thread::State::exited || next->where.line() == t.where.line()))
      continue;
    text += "\n  threads " + std::to_string(first) + " to " + std::to_string(i);
    text += t.state == Thread::State::exited
                ? " have returned"
                : std::string(" wait in ") + t.operation + " at " + emulation::text_of(t.where);
    first = i + 1;
  }
  return text;
}

std::string Block::located(const std::string& rule) const {
  std::string text = name_of_function(launch_->kernel) + ": block " + text_of(index_);
  if (running_) text += ", thread " + text_of(running_->index);
  return text + ": " + rule;
}

void Block::stop(const std::string& rule) {
  failure_ = located(rule);
  running_->fiber.finish();
}

// The other fibers are given up where they stand; their stacks go with them.
void Block::give_up(const std::string& text) {
  running_ = nullptr;
  threads_.clear();
  stacks_.reset();
  const std::string last = text;
  failure_.clear();
  throw EmulationError(last);
}

}  // namespace gridstride::emulation
