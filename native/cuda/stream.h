// A stream and what belongs to it: the staging of its copies and the scratch memory of its kernels. One thread at a
// time uses it, but for memory that is given back.
#pragma once

#include <memory>
#include <vector>

#include "native/cuda/memory.h"
#include "native/cuda/run.h"
#include "native/cuda/staging.h"

// What a captured graph's work touches stays alive with it.
struct GsGraph {
  gridstride::cuda::Context& context;
  cudaGraphExec_t executable = nullptr;
  cudaEvent_t launched = nullptr;  // after the last launch
  std::vector<std::unique_ptr<gridstride::cuda::PinnedBlock>> uploads;
  std::vector<std::shared_ptr<gridstride::cuda::DeviceBlock>> scratch;

  explicit GsGraph(gridstride::cuda::Context& context) : context(context) {}
  ~GsGraph();
};

struct GsEvent {
  gridstride::cuda::Context& context;
  cudaEvent_t event = nullptr;
};

struct GsStream {
 public:
  explicit GsStream(gridstride::cuda::Context& context);
  ~GsStream();
  GsStream(const GsStream&) = delete;
  GsStream& operator=(const GsStream&) = delete;

  gridstride::cuda::Context& context() { return context_; }
  cudaStream_t stream() const { return stream_; }

  void submit(int32_t op, const void* args);
  void upload(void* device, const void* host, int64_t bytes);
  void download(void* host, const void* device, int64_t bytes);
  // Throws Error(kData) when a kernel met an index out of range since the last wait; so does download.
  void synchronize();

  // Between the two, work is put into a graph and not run. A failure in between ends in capture_end's, which throws.
  void capture_begin();
  std::unique_ptr<GsGraph> capture_end();
  void launch(const GsGraph& graph);

 private:
  static void* scratch(void* owner, int64_t bytes);
  void check_faults();

  gridstride::cuda::Context& context_;
  cudaStream_t stream_ = nullptr;
  std::unique_ptr<gridstride::cuda::Staging> staging_;
  std::shared_ptr<gridstride::cuda::DeviceBlock> scratch_;
  std::unique_ptr<gridstride::cuda::PinnedBlock> fault_;  // a DeviceFault
  std::unique_ptr<GsGraph> capture_;
};
