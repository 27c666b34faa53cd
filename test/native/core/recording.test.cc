// Capture and replay, on a fake device and with real ops.
#include "native/core/recording.h"

#include "native/ops/engine.h"
#include "native/ops/launch.h"
#include "test/native/core/fake_device.h"
#include "test/native/kernel_check.h"

using namespace gridstride;
using namespace gridstride::test;

namespace {

// y = x + value
void add_value(const FakeArgs& args) {
  for (int i = 0; i < 4; ++i) args.slots[1][i] = args.slots[0][i] + static_cast<float>(args.value);
}

struct Capture {
  std::shared_ptr<Recording> recording;
  explicit Capture(Device& device) : recording(std::make_shared<Recording>(device)) {
    current_recording = recording.get();
  }
  ~Capture() { current_recording = nullptr; }
};

void upload(FakeDevice& fake, const Tensor& x, float value) {
  Record record;
  record.kind = RecordKind::upload;
  record.slots.push_back({0, Access::write, x.dtype, x.shape, 0, x.storage});
  const std::vector<float> values(4, value);
  const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
  record.payload = std::make_shared<std::vector<std::byte>>(bytes, bytes + 16);
  fake.queue().submit(std::move(record));
}

void replays_on_new_inputs() {
  FakeDevice fake;
  fake.backend->kernel = add_value;
  const Tensor x = fake.tensor(), y = fake.tensor();
  upload(fake, x, 1);
  std::shared_ptr<Recording> recording;
  {
    const Capture capture(fake.device);
    recording = capture.recording;
    const Tensor middle = fake.tensor();
    ops::submit(fake.device, launch_record({{x, Access::read}, {middle, Access::write}}, 10));
    ops::submit(fake.device, launch_record({{middle, Access::read}, {y, Access::write}}, 100));
  }
  check(recording->size() == 2, "recording: holds the ops");
  check(read(fake.queue(), y).first == std::vector<float>(4, 111), "recording: a capture runs its ops");
  check(error_of([&] { recording->replay(); }) == ErrorCode::kUnsupportedOp, "recording: not before its end");
  recording->close();
  const int reserves = fake.backend->reserves;
  for (int i = 0; i < 5; ++i) {
    upload(fake, x, static_cast<float>(i));
    recording->replay();
    check(read(fake.queue(), y).first == std::vector<float>(4, static_cast<float>(110 + i)), "recording: replay");
  }
  check(fake.backend->reserves == reserves, "recording: a replay allocates nothing");
}

void holds_its_memory_until_it_goes() {
  FakeDevice fake;
  auto recording = std::make_shared<Recording>(fake.device);
  {
    const Tensor x = fake.tensor();
    Record record = launch_record({{x, Access::write}});
    fake.queue().submit(record);
    recording->add(std::move(record));
  }
  recording->close();
  wait_for(fake.queue());
  check(fake.device.allocator().stats().live_blocks == 1, "recording: holds its storages");
  for (int i = 0; i < 100; ++i) recording->replay();
  recording.reset();  // queued replays hold it
  check(!wait_for(fake.queue()), "recording: replays outlive its handle");
  wait_for(fake.queue());
  check(fake.device.allocator().stats().live_blocks == 0, "recording: and let go of everything");
}

void records_what_was_queued_only() {
  FakeDevice fake, other;
  const Tensor x = fake.tensor(), elsewhere = other.tensor();
  fake.queue().set_bounds({2, 1 << 20});
  Gate gate(fake.queue());
  const Capture capture(fake.device);
  ops::submit(fake.device, launch_record({{x, Access::write}}));
  const auto full = error_of([&] { ops::submit(fake.device, launch_record({{x, Access::write}})); });
  check(full == ErrorCode::kQueueFull && capture.recording->size() == 1, "recording: a refused op is not in it");
  const auto device = error_of([&] { ops::submit(other.device, launch_record({{elsewhere, Access::write}})); });
  check(device == ErrorCode::kDevice, "recording: one device");
  Record download;
  download.kind = RecordKind::download;
  download.slots.push_back({0, Access::read, x.dtype, x.shape, 0, x.storage});
  check(error_of([&] { ops::submit(fake.device, download); }) == ErrorCode::kUnsupportedOp, "recording: no reads");
  gate.open();
  wait_for(fake.queue());
}

void counts_replays_against_the_bound() {
  FakeDevice fake;
  const Tensor x = fake.tensor();
  auto recording = std::make_shared<Recording>(fake.device);
  for (int i = 0; i < 10; ++i) recording->add(launch_record({{x, Access::write}}));
  recording->close();
  fake.queue().set_bounds({25, 1 << 20});
  std::promise<void> open;
  fake.queue().submit(host_record([gate = open.get_future().share()] { gate.wait(); }));
  int queued = 0;
  const auto code = error_of([&] {
    for (; queued < 100; ++queued) recording->replay();
  });
  check(code == ErrorCode::kQueueFull && queued == 3, "recording: replays are bounded by their ops");
  open.set_value();
  check(!wait_for(fake.queue()), "recording: and run");
}

// y = x + 1 as a graph, from the second replay on.
void replays_as_a_graph() {
  FakeDevice fake;
  fake.backend->kernel = add_value;
  fake.backend->has_graphs = true;
  const Tensor x = fake.tensor(), y = fake.tensor();
  upload(fake, x, 1);
  auto recording = std::make_shared<Recording>(fake.device);
  recording->add(launch_record({{x, Access::read}, {y, Access::write}}, 1));
  recording->close();
  const auto replayed = [&](float value, int graph_launches, const char* name) {
    upload(fake, x, value);
    recording->replay();
    const auto [values, failure] = read(fake.queue(), y);
    check(!failure && values == std::vector<float>(4, value + 1), std::string("graph: ") + name);
    check(fake.backend->graph_launches == graph_launches, std::string("graph: launches after ") + name);
  };
  replayed(1, 0, "the first replay, op by op");
  replayed(2, 1, "the second, a graph");
  fake.trace.start();
  replayed(3, 1, "a traced one, op by op");
  fake.trace.stop();
  fake.backend->kernel = [](const FakeArgs&) { throw Error(ErrorCode::kCuda, "broken"); };
  recording->replay();
  check(code_of(read(fake.queue(), y).second) == "CUDA", "graph: a failed launch poisons the outputs");
  check(code_of(wait_for(fake.queue())) == "CUDA", "graph: and is the failure of the next sync");
  fake.backend->kernel = add_value;
  replayed(4, 2, "one over failed outputs, op by op");
  replayed(5, 3, "the next, a graph again");
}

void times_runs() {
  FakeDevice fake;
  int runs = 0, wipes = 0;
  fake.backend->kernel = [&](const FakeArgs& args) { ++(args.value == 1 ? runs : wipes); };
  const Tensor x = fake.tensor();
  const auto recording = std::make_shared<Recording>(fake.device), wipe = std::make_shared<Recording>(fake.device);
  recording->add(launch_record({{x, Access::write}}, 1));
  wipe->add(launch_record({{x, Access::write}}, 2));
  check(error_of([&] { recording->time(1, nullptr, nullptr); }) == ErrorCode::kUnsupportedOp,
        "time: not before its end");
  recording->close();
  wipe->close();
  std::vector<double> milliseconds;
  std::string code;
  const auto keep = [&](const std::vector<double>& each, const Result& failure) {
    milliseconds = each;
    code = code_of(failure);
  };
  recording->time(3, wipe, keep);
  wait_for(fake.queue());
  check(milliseconds.size() == 3 && milliseconds[0] >= 0 && code == "none", "time: of every run");
  check(runs == 3 && wipes == 3, "time: each run after one that wipes");
  fake.backend->fails_to_wait = true;
  recording->time(3, nullptr, keep);
  wait_for(fake.queue());
  check(milliseconds.empty() && code == "CUDA", "time: or the failure");
}

}  // namespace

int main() {
  replays_on_new_inputs();
  holds_its_memory_until_it_goes();
  records_what_was_queued_only();
  counts_replays_against_the_bound();
  replays_as_a_graph();
  times_runs();
  return test::close();
}
