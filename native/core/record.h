// One entry of a device's queue, and the one currency of the engine: the CPU queue, the CUDA library, the trace, replay
// and fault injection all see this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "native/core/backend.h"
#include "native/core/tensor.h"

namespace gridstride {

// What an op has to do at least: the roofline of profiler and benches.
struct Cost {
  double flops = 0;
  double bytes = 0;
};

enum class Access : uint8_t {
  read,
  write,   // every element of the slot's view is written: the storage may be new
  part,    // a further part of a storage that other records of the same op write too: fails when one of them does
  update,  // read and written in place: keeps its contents when the op is skipped
};

// A pointer inside a record's Args: the queue thread stores data() + byte_offset at args_offset before the launch.
struct Slot {
  uint16_t args_offset;
  Access access;
  DType dtype;
  Shape shape;
  int64_t byte_offset;
  std::shared_ptr<Storage> storage;
};

enum class RecordKind : uint8_t {
  launch,    // an op pass
  upload,    // host bytes into slot 0
  download,  // slot 0 to the host: `finish` gets the failure, if any
  host,      // `finish` runs on the queue thread: markers, settings
  replay,    // the same for the run of a whole recording: bounded like the ops it stands for
};

struct Record {
  RecordKind kind = RecordKind::launch;
  OpId op{};
  Cost cost;
  std::vector<Slot> slots;
  std::vector<std::byte> args;                      // launch: the Args struct
  std::shared_ptr<std::vector<std::byte>> payload;  // upload: source; download: target
  int64_t payload_bytes = 0;                        // download: taken on the queue thread, not the caller's
  std::function<void(const std::shared_ptr<const Failure>&)> finish;
  std::string js_stack;
  // What the record counts for against the queue's bounds: ops (a replay: all of its own), and bytes of storages that
  // it is the first to write or of host memory it holds.
  int64_t weight = 1;
  int64_t new_bytes = 0;
};

}  // namespace gridstride
