#include "native/core/queue.h"

#include <chrono>
#include <cstring>
#include <utility>

#include "native/core/op_names.h"

namespace gridstride {

namespace {

// A sleeping queue thread costs the submitting JavaScript thread a futex call per op: stay awake between ops.
constexpr auto kSpin = std::chrono::microseconds(50);

}  // namespace

void Queue::submit(Record record) {
  const bool bounded = record.kind == RecordKind::launch || record.kind == RecordKind::upload;
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
    pending_ops_.store(ops + 1, std::memory_order_relaxed);
    pending_bytes_.store(bytes + record.new_bytes, std::memory_order_relaxed);
    pending_.push_back(std::move(record));
    if (!thread_.joinable()) {
      stopping_ = false;
      thread_ = std::thread([this] { loop(); });
    }
    wake = sleeping_;
  }
  if (wake) wake_.notify_one();
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
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    thread.swap(thread_);
    dropped.swap(pending_);
    pending_ops_ = 0;
    pending_bytes_ = 0;
    ready_waiters_.clear();
  }
  wake_.notify_all();
  if (thread.joinable()) thread.join();
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
        lock.lock();
        sleeping_ = true;
        wake_.wait(lock, [&] { return stopping_ || !pending_.empty(); });
        sleeping_ = false;
      }
      if (stopping_) return;
      record = std::move(pending_.front());
      pending_.pop_front();
    }
    const int64_t new_bytes = record.new_bytes;
    const Done finish = std::move(record.finish);
    const auto failure = execute(record);
    record = Record{};
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      pending_ops_.fetch_sub(1, std::memory_order_relaxed);
      pending_bytes_.fetch_sub(new_bytes, std::memory_order_relaxed);
    }
    // Last: whoever hears of the end finds the record counted out and its references dropped.
    if (finish) finish(failure);
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
  if (record.kind == RecordKind::host) return nullptr;
  std::shared_ptr<const Failure> failure = failed_input(record);
  if (!failure) {
    try {
      const double start = trace_.on() ? trace_.now_us() : 0;
      for (Slot& slot : record.slots) slot.storage->ensure_allocated();
      if (record.kind == RecordKind::launch) run_launch(record);
      Slot& first = record.slots.front();
      std::byte* data = static_cast<std::byte*>(first.storage->data()) + first.byte_offset;
      if (record.kind == RecordKind::download) record.payload->resize(record.payload_bytes);
      const auto bytes = record.payload ? static_cast<int64_t>(record.payload->size()) : 0;
      if (record.kind == RecordKind::upload && bytes > 0) backend_.upload(data, record.payload->data(), bytes);
      if (record.kind == RecordKind::download && bytes > 0) backend_.download(record.payload->data(), data, bytes);
      if (record.kind == RecordKind::launch && trace_.on()) trace_.add(record, start, trace_.now_us());
      // A storage that is written anew leaves an old failure behind.
      for (Slot& slot : record.slots)
        if (slot.access == Access::write && slot.storage->failure()) slot.storage->poison(nullptr);
    } catch (const Error& error) {
      const std::string where = record.kind == RecordKind::launch ? op_name(record.op) : "copy";
      failure = std::make_shared<Failure>(Failure{
          Error(error.code(), error.message() + " [" + where + ": " + shapes_text(record) + "]", error.fields()),
          record.js_stack});
    } catch (const std::bad_alloc&) {
      failure = std::make_shared<Failure>(
          Failure{Error(ErrorCode::kOutOfMemory, std::string(op_name(record.op)) + ": no memory left on the host"),
                  record.js_stack});
    }
  }
  if (failure && record.kind != RecordKind::download) poison(record, failure);
  return failure;
}

void Queue::run_launch(Record& record) {
  for (const Slot& slot : record.slots) {
    void* data = slot.storage->data() ? static_cast<std::byte*>(slot.storage->data()) + slot.byte_offset : nullptr;
    memcpy(record.args.data() + slot.args_offset, &data, sizeof data);
  }
  backend_.launch(record.op, record.args.data(), static_cast<int64_t>(record.args.size()));
}

}  // namespace gridstride
