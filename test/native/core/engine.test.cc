// The engine's life: environments that come and go while ops and files are under way.
#include "native/ops/engine.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "native/io/safetensors_reader.h"
#include "native/io/safetensors_writer.h"
#include "test/native/core/fake_device.h"
#include "test/native/kernel_check.h"

namespace gridstride::ops {

Tensor fill(const std::vector<int64_t>& sizes, double value, DType dtype, const std::string& device);
Tensor cast(const Tensor& x, DType dtype);
void cast_into(const Tensor& x, const Tensor& y);

}  // namespace gridstride::ops

using namespace gridstride;
using namespace gridstride::test;

namespace {

std::string temporary_file(const std::string& name) {
  const std::string file = "gridstride_engine_test_" + std::to_string(getpid()) + "_" + name;
  return (std::filesystem::temp_directory_path() / file).string();
}

// Runs on a task thread; the future gets the error's code, "none" or "dropped".
std::future<std::string> post(std::function<void()> work) {
  auto done = std::make_shared<std::promise<std::string>>();
  auto result = done->get_future();
  Engine::instance().tasks().post(
      [done, work = std::move(work)] {
        try {
          work();
          done->set_value("none");
        } catch (const Error& error) {
          done->set_value(error_code_name(error.code()));
        }
      },
      std::make_shared<std::atomic<bool>>(false));
  return result;
}

std::string outcome(std::future<std::string>& result) {
  try {
    return result.get();
  } catch (const std::future_error&) {
    return "dropped";
  }
}

void moves_files_on_task_threads() {
  Engine& engine = Engine::instance();
  engine.enter();
  Device& cpu = engine.cpu();
  const std::string path = temporary_file("round");
  const io::Cancelled never{false};
  std::vector<io::NamedTensor> tensors;
  for (int i = 0; i < 20; ++i)
    tensors.push_back({"t" + std::to_string(i), ops::fill({100 + i, 1000}, i, DType::f32, "cpu")});
  auto written = post([&] { io::write_safetensors(path, tensors, {{"format", "pt"}}, never); });
  check(outcome(written) == "none", "engine: writes on a task thread");
  auto read_one = [&](std::optional<DType> dtype) {
    const auto read = io::read_safetensors(path, {&cpu, dtype, &ops::cast_into}, {}, never);
    check(read.size() == 20, "engine: reads all");
    const Tensor wide = ops::cast(read.back().tensor, DType::f32);
    const auto [values, failure] = test::read(cpu.queue(), wide);
    check(!failure && !values.empty() && values.back() == std::stof(read.back().name.substr(1)), "engine: values");
  };
  auto first = post([&] { read_one({}); });
  auto second = post([&] { read_one(DType::bf16); });
  check(outcome(first) == "none" && outcome(second) == "none", "engine: two files at once");
  unlink(path.c_str());
  engine.leave();
}

// The last environment goes while a file is written behind a queue that is busy for seconds.
void ends_while_work_is_queued() {
  Engine& engine = Engine::instance();
  engine.enter();
  Device& cpu = engine.cpu();
  const std::string path = temporary_file("end");
  io::Cancelled cancelled{false};
  const Tensor x = ops::fill({1000, 1000}, 1, DType::f32, "cpu");
  for (int i = 0; i < 1000; ++i)
    cpu.queue().submit(host_record([] { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }));
  auto written = post([&] { io::write_safetensors(path, {{"x", x}}, {}, cancelled); });
  auto asks_for_device = post([&] { engine.device("cpu"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  cancelled = true;
  const auto start = std::chrono::steady_clock::now();
  engine.leave();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  check(seconds < 2, "engine: does not wait for what is queued, took " + std::to_string(seconds) + " s");
  const std::string how = outcome(written);
  check(how == "ABORTED" || how == "dropped", "engine: the file's task ends, got " + how);
  outcome(asks_for_device);
  check(access(path.c_str(), F_OK) != 0, "engine: and leaves no file");
}

void comes_and_goes_on_many_threads() {
  Engine& engine = Engine::instance();
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        engine.enter();
        const Tensor x = ops::fill({64}, t, DType::f32, "cpu");
        const auto [values, failure] = test::read(engine.cpu().queue(), x);
        if (failure || values != std::vector<float>(64, static_cast<float>(t))) ++wrong;
        ops::fill({1000, 100}, 0, DType::f32, "cpu");  // queued and forgotten
        auto ignored = post([] {});
        if (i % 5 == 0) engine.set_cpu_threads(1 + i % 2);
        engine.set_bounds(engine.bounds());
        engine.leave();
      }
    });
  for (auto& thread : threads) thread.join();
  check(wrong == 0, "engine: environments may come and go on many threads");
  engine.enter();
  wait_for(engine.cpu().queue());
  check(engine.cpu().allocator().stats().live_blocks == 0, "engine: and leave no memory");
  engine.leave();
}

}  // namespace

int main() {
  moves_files_on_task_threads();
  ends_while_work_is_queued();
  comes_and_goes_on_many_threads();
  return test::close();
}
