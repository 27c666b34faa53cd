#include "native/core/queue.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "native/core/device.h"
#include "native/core/host_memory.h"
#include "native/core/op_names.h"

namespace gridstride {

namespace {

// A sleeping queue thread costs the submitting JavaScript thread a futex call per op: stay awake between ops.
constexpr auto kSpin = std::chrono::microseconds(50);

// So many records at once take megabytes, and a queue seldom is that deep: their memory is given back.
constexpr int64_t kDeep = 2048;

class ProfilerRange {
 public:
  ProfilerRange(Backend& backend, const std::string& text) : backend_(backend) { backend_.range_push(text); }
  ~ProfilerRange() { backend_.range_pop(); }
  ProfilerRange(const ProfilerRange&) = delete;
  ProfilerRange& operator=(const ProfilerRange&) = delete;

 private:
  Backend& backend_;
};

}  // namespace

void Queue::submit(Record record) {
  const bool bounded = record.kind != RecordKind::download && record.kind != RecordKind::host;
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    const int64_t ops = pending_ops_.load(std::memory_order_relaxed);
    const int64_t bytes = pending_bytes_.load(std::memory_order_relaxed);
    if (bounded && ops > 0 && (ops >= bounds_.max_ops || bytes + record.new_bytes > bounds_.max_bytes))
      throw Error(ErrorCode::kQueueFull,
                  "queue: full, await device.ready() and go on; queued " + std::to_string(ops) + " of " +
                      std::to_string(bounds_.max_ops) + " ops, " + std::to_string(bytes) + " of " +
                      std::to_string(bounds_.max_bytes) + " bytes",
                  {{"queuedOps", static_cast<double>(ops)}, {"queuedBytes", static_cast<double>(bytes)}});
    pending_ops_.store(ops + record.weight, std::memory_order_relaxed);
    pending_bytes_.store(bytes + record.new_bytes, std::memory_order_relaxed);
    pending_.push_back(std::move(record));
    if (!thread_.joinable() && !stopping_) start_thread();
    wake = sleeping_;
  }
  if (wake) wake_.notify_one();
}

void Queue::start_thread() {
  try {
    thread_ = std::thread([this] { loop(); });
  } catch (const std::system_error& error) {
    pending_.clear();  // nothing waits that could have been started
    pending_ops_ = 0;
    pending_bytes_ = 0;
    throw Error(ErrorCode::kOutOfMemory, std::string("queue: its thread must start, got ") + error.what());
  }
}

void Queue::set_bounds(QueueBounds bounds) {
  std::lock_guard lock(mutex_);
  bounds_ = bounds;
}

bool Queue::below_half() const {
  return pending_ops_.load(std::memory_order_relaxed) * 2 <= bounds_.max_ops &&
         pending_bytes_.load(std::memory_order_relaxed) * 2 <= bounds_.max_bytes;
}

void Queue::when_ready(Done done) {
  {
    std::lock_guard lock(mutex_);
    if (!below_half()) {
      ready_waiters_.push_back(std::move(done));
      return;
    }
  }
  done(nullptr);
}

void Queue::notify_ready() {
  std::vector<Done> waiters;
  {
    std::lock_guard lock(mutex_);
    if (ready_waiters_.empty() || !below_half()) return;
    waiters.swap(ready_waiters_);
  }
  for (Done& waiter : waiters) waiter(nullptr);
}

void Queue::sync(Done done) {
  Record marker;
  marker.kind = RecordKind::host;
  marker.finish = [this, done = std::move(done)](const auto&) {
    try {
      backend_.synchronize();
    } catch (const Error& error) {
      if (!first_failure_) first_failure_ = std::make_shared<Failure>(Failure{error, ""});
    }
    done(std::exchange(first_failure_, nullptr));
  };
  submit(std::move(marker));
}

void Queue::stop() {
  std::thread thread;
  std::deque<Record> dropped;
  std::vector<Done> waiters;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    thread.swap(thread_);
    dropped.swap(pending_);
    pending_ops_ = 0;
    pending_bytes_ = 0;
    waiters.swap(ready_waiters_);
  }
  wake_.notify_all();
  if (thread.joinable()) thread.join();
  std::lock_guard lock(mutex_);
  stopping_ = false;
  if (!pending_.empty()) start_thread();  // came in meanwhile
}

void Queue::loop() {
  for (;;) {
    Record record;
    {
      std::unique_lock lock(mutex_);
      if (pending_.empty() && !stopping_) {
        lock.unlock();
        const auto until = std::chrono::steady_clock::now() + kSpin;
        while (pending_ops() == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
        if (std::exchange(deepest_, 0) > kDeep) return_freed_memory();
        lock.lock();
        sleeping_ = true;
        wake_.wait(lock, [&] { return stopping_ || !pending_.empty(); });
        sleeping_ = false;
      }
      if (stopping_) return;
      record = std::move(pending_.front());
      pending_.pop_front();
    }
    deepest_ = std::max(deepest_, pending_ops());
    const int64_t new_bytes = record.new_bytes, weight = record.weight;
    const auto failure = execute(record);
    const Done done = std::move(record.finish);
    record = Record{};
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      pending_ops_.fetch_sub(weight, std::memory_order_relaxed);
      pending_bytes_.fetch_sub(new_bytes, std::memory_order_relaxed);
    }
    // Last: whoever hears of the end finds the record counted out and its references dropped.
    finish(done, failure);
    notify_ready();
  }
}

std::shared_ptr<const Failure> Queue::failed_input(const Record& record) const {
  for (const Slot& slot : record.slots)
    if (slot.access != Access::write && slot.storage->failure()) return slot.storage->failure();
  return nullptr;
}

void Queue::poison(Record& record, std::shared_ptr<const Failure> failure) {
  if (!first_failure_) first_failure_ = failure;
  for (Slot& slot : record.slots)
    if (slot.access == Access::write || slot.access == Access::part) slot.storage->poison(failure);
}

std::shared_ptr<const Failure> Queue::execute(Record& record) {
  if (record.kind == RecordKind::replay) {
    finish(std::exchange(record.finish, nullptr), nullptr);  // the work itself: it counts as queued until it is done
    return nullptr;
  }
  if (record.kind == RecordKind::host) return nullptr;
  std::shared_ptr<const Failure> failure = failed_input(record);
  if (!failure) {
    try {
      run(record);
    } catch (const std::exception& exception) {
      const std::string where = record.kind == RecordKind::launch ? op_name(record.op) : "copy";
      const Error error = as_engine_error(where, exception);
      failure = std::make_shared<Failure>(Failure{
          Error(error.code(), error.message() + " [" + where + ": " + shapes_text(record) + "]", error.fields()),
          record.js_stack});
    }
  }
  if (failure && record.kind != RecordKind::download) poison(record, failure);
  return failure;
}

// Whoever waits gets the failure of the record, never an exception of this thread.
void Queue::finish(const Done& done, const std::shared_ptr<const Failure>& failure) {
  if (!done) return;
  try {
    done(failure);
  } catch (const std::exception& exception) {
    if (!first_failure_) first_failure_ = std::make_shared<Failure>(Failure{as_engine_error("queue", exception), ""});
  }
}

void Queue::run(Record& record) {
  if (record.kind == RecordKind::launch && trace_.on())
    run_traced(record);
  else
    run_untraced(record);
  // A storage that is written anew leaves an old failure behind.
  for (Slot& slot : record.slots)
    if (slot.access == Access::write && slot.storage->failure()) slot.storage->poison(nullptr);
}

void Queue::run_untraced(Record& record) {
  for (Slot& slot : record.slots) slot.storage->ensure_allocated();
  backend_.prepare(record);
  if (record.kind == RecordKind::launch)
    run_launch(record);
  else
    run_copy(record);
}

void Queue::run_traced(Record& record) {
  const std::string shapes = shapes_text(record);
  const ProfilerRange range(backend_, std::string(op_name(record.op)) + " " + shapes);
  const double start = trace_.now_us();
  run_untraced(record);
  trace_.add(record, shapes, start, trace_.now_us());
}

void Queue::run_copy(Record& record) {
  const bool is_download = record.kind == RecordKind::download;
  if (is_download) record.payload->resize(static_cast<size_t>(record.payload_bytes));
  const auto bytes = static_cast<int64_t>(record.payload->size());
  if (bytes == 0) return;
  const Slot& slot = record.slots.front();
  std::byte* data = static_cast<std::byte*>(slot.storage->data()) + slot.byte_offset;
  if (is_download)
    backend_.download(record.payload->data(), data, bytes);
  else
    backend_.upload(data, record.payload->data(), bytes);
}

void Queue::run_launch(Record& record) {
  for (const Slot& slot : record.slots) {
    void* data = slot.storage->data() ? static_cast<std::byte*>(slot.storage->data()) + slot.byte_offset : nullptr;
    memcpy(record.args.data() + slot.args_offset, &data, sizeof data);
  }
  const auto launch = [&] { backend_.launch(record.op, record.args.data(), static_cast<int64_t>(record.args.size())); };
  try {
    launch();
  } catch (const Error& error) {
    // The backend found no memory for its workspace, which it takes first: what the allocator keeps may be enough.
    if (error.code() != ErrorCode::kOutOfMemory || record.slots.empty()) throw;
    record.slots.front().storage->device().allocator().release_cache();
    launch();
  }
}

}  // namespace gridstride
