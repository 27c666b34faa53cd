// The queue: order, failure, bounds, stopping, many submitters.
#include <stdexcept>
#include <thread>

#include "test/native/core/fake_device.h"
#include "test/native/kernel_check.h"

using namespace gridstride;
using namespace gridstride::test;

namespace {

void runs_in_order() {
  FakeDevice fake;
  std::vector<int64_t> seen;
  fake.backend->kernel = [&](const FakeArgs& args) { seen.push_back(args.value); };
  const Tensor x = fake.tensor();
  for (int64_t i = 0; i < 1000; ++i) fake.queue().submit(launch_record({{x, Access::write}}, i));
  check(!wait_for(fake.queue()), "queue: no failure");
  check(seen.size() == 1000 && std::is_sorted(seen.begin(), seen.end()), "queue: records run in order");
  check(fake.queue().pending_ops() <= 1, "queue: nothing is left");
}

void poisons_what_depends() {
  FakeDevice fake;
  fake.backend->kernel = [](const FakeArgs& args) {
    if (args.value == 13) throw Error(ErrorCode::kData, "fake: told to fail");
    if (args.value == 14) throw std::runtime_error("unexpected");
    for (int i = 0; i < 4; ++i) args.slots[0][i] = static_cast<float>(args.value);
  };
  Queue& queue = fake.queue();
  const Tensor fine = fake.tensor(), broken = fake.tensor(), dependent = fake.tensor(), kept = fake.tensor();
  queue.submit(launch_record({{fine, Access::write}}, 1));
  queue.submit(launch_record({{kept, Access::write}}, 2));
  queue.submit(launch_record({{broken, Access::write}, {fine, Access::read}}, 13));
  queue.submit(launch_record({{dependent, Access::write}, {broken, Access::read}}, 3));
  queue.submit(launch_record({{kept, Access::update}, {dependent, Access::read}}, 4));
  check(code_of(read(queue, broken).second) == "DATA", "queue: a failed op poisons its output");
  check(code_of(read(queue, dependent).second) == "DATA", "queue: and what depends on it");
  check(read(queue, fine).first == std::vector<float>(4, 1), "queue: nothing else");
  check(read(queue, kept).first == std::vector<float>(4, 2), "queue: an update that is skipped keeps the contents");
  check(code_of(wait_for(queue)) == "DATA" && !wait_for(queue), "queue: sync tells of a failure once");
  queue.submit(launch_record({{broken, Access::write}}, 5));
  check(read(queue, broken).first == std::vector<float>(4, 5), "queue: writing anew heals");
  queue.submit(launch_record({{broken, Access::write}}, 14));
  check(code_of(read(queue, broken).second) == "ADDON", "queue: any exception of a kernel is a failure");
  queue.submit(host_record([] { throw std::runtime_error("unexpected"); }));
  check(code_of(wait_for(queue)) == "ADDON", "queue: an exception of a host record does not end the process");
}

void fails_for_lack_of_memory_and_goes_on() {
  FakeDevice fake;
  fake.backend->limit = 8192;
  const Tensor big = fake.tensor(1 << 20), small = fake.tensor();
  fake.queue().submit(launch_record({{big, Access::write}}));
  fake.queue().submit(launch_record({{small, Access::write}}));
  check(code_of(read(fake.queue(), big).second) == "OUT_OF_MEMORY", "queue: out of memory poisons");
  check(!read(fake.queue(), small).second, "queue: and the next op runs");
}

// A workspace that does not fit beside what the allocator keeps.
void gives_the_cache_to_a_workspace() {
  FakeDevice fake;
  const auto cached = [&] { return fake.device.allocator().stats().cached_bytes; };
  {
    const Tensor unused = fake.tensor(1 << 10);
    fake.queue().submit(launch_record({{unused, Access::write}}));
  }
  wait_for(fake.queue());
  check(cached() > 0, "queue: a freed block is kept");
  int runs = 0;
  fake.backend->kernel = [&](const FakeArgs&) {
    ++runs;
    if (cached() > 0) throw Error(ErrorCode::kOutOfMemory, "workspace");
  };
  const Tensor x = fake.tensor();
  fake.queue().submit(launch_record({{x, Access::write}}));
  check(!wait_for(fake.queue()) && runs == 2, "queue: a launch without workspace gets the cache's memory");
  fake.backend->kernel = [](const FakeArgs&) { throw Error(ErrorCode::kOutOfMemory, "workspace"); };
  fake.queue().submit(launch_record({{x, Access::write}}));
  check(code_of(wait_for(fake.queue())) == "OUT_OF_MEMORY", "queue: and fails when that is not enough");
}

void is_bounded() {
  FakeDevice fake;
  Queue& queue = fake.queue();
  queue.set_bounds({4, 1000});
  const Tensor x = fake.tensor(), huge = fake.tensor(1000);
  Gate gate(queue);
  for (int i = 0; i < 3; ++i) queue.submit(launch_record({{x, Access::update}}));
  const auto full = error_of([&] { queue.submit(launch_record({{x, Access::update}})); });
  check(full == ErrorCode::kQueueFull, "queue: full in ops");
  queue.set_bounds({100, 1000});
  const auto heavy = error_of([&] { queue.submit(launch_record({{huge, Access::write}})); });
  check(heavy == ErrorCode::kQueueFull, "queue: full in bytes");
  queue.set_bounds({4, 1000});
  std::promise<void> ready;
  queue.when_ready([&](const Result&) { ready.set_value(); });
  auto waiting = ready.get_future();
  check(waiting.wait_for(std::chrono::milliseconds(5)) == std::future_status::timeout, "queue: not ready while full");
  std::thread reader([&] { check(!read(queue, x).second, "queue: a read passes the bound"); });
  gate.open();
  waiting.get();
  reader.join();
  check(!wait_for(queue), "queue: drained");
  queue.submit(launch_record({{huge, Access::write}}));
  check(!wait_for(queue), "queue: one record over the bound passes when nothing is queued");
}

void drops_references_when_done() {
  FakeDevice fake;
  {
    const Tensor x = fake.tensor(1000);
    fake.queue().submit(launch_record({{x, Access::write}}));
  }
  wait_for(fake.queue());
  check(fake.device.allocator().stats().live_blocks == 0, "queue: a record that ran holds no storage");
}

void stops_and_starts_again() {
  FakeDevice fake;
  std::atomic<int> ran{0};
  fake.backend->kernel = [&](const FakeArgs&) { ++ran; };
  const Tensor x = fake.tensor();
  auto gate = std::make_unique<Gate>(fake.queue());
  for (int i = 0; i < 50; ++i) fake.queue().submit(launch_record({{x, Access::update}}));
  std::thread opener([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    gate->open();
  });
  fake.queue().stop();
  opener.join();
  check(ran == 0, "queue: what waits is dropped when it stops");
  fake.queue().submit(launch_record({{x, Access::update}}));
  wait_for(fake.queue());
  check(ran == 1, "queue: the next record starts it again");
}

void takes_many_submitters_while_it_stops() {
  FakeDevice fake;
  std::atomic<int> at_once{0}, most{0};
  fake.backend->kernel = [&](const FakeArgs&) {
    const int now = ++at_once;
    most = std::max(most.load(), now);
    --at_once;
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      const Tensor x = fake.tensor();
      for (int i = 0; i < 1000; ++i) fake.queue().submit(launch_record({{x, Access::update}}));
    });
  for (int i = 0; i < 20; ++i) fake.queue().stop();
  for (auto& thread : threads) thread.join();
  wait_for(fake.queue());
  check(most == 1, "queue: one record runs at a time whatever happens");
  check(fake.device.allocator().stats().live_blocks == 0, "queue: nothing is held");
}

}  // namespace

int main() {
  runs_in_order();
  poisons_what_depends();
  fails_for_lack_of_memory_and_goes_on();
  gives_the_cache_to_a_workspace();
  is_bounded();
  drops_references_when_done();
  stops_and_starts_again();
  takes_many_submitters_while_it_stops();
  return test::close();
}
