// A GPU that passes run on (or the CPU in its place, for tests), and what is kept there from pass to pass.
#pragma once

#include <c10/core/Stream.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../placement.h"
#include "graph_maker.h"
#include "pinned_results.h"
#include "row_operations.h"

namespace rerank {

class PassGraphs;

/// What was asked for; `auto` chooses by what is there.
struct DeviceChoice {
  std::string device;  // auto, cpu, cuda, cuda:N; emulated: the CPU, with kernels from a driver that runs them there
  std::string dtype;   // auto, f32, bf16, fp16, fp8
  /// False: ATen operations only, no kernels of our own.
  bool fused = true;
  /// The CPU runs passes as a GPU does.
  bool tensors = false;
  std::string graphs = "auto";  // auto: a GPU replays small passes that come again; always: each, at once, also on the CPU; never
  /// The CPU attends in bf16 where it can.
  bool tiles = false;
};

class DeviceBackend {
 public:
  /// Throws InvalidArgument with the reason when the choice cannot be had.
  explicit DeviceBackend(const DeviceChoice& choice);
  ~DeviceBackend();

  const Placement& placement() const { return placement_; }
  const RowOperations& rows() const { return *rows_; }
  bool flash(int64_t head_dim) const;
  /// None where passes are not replayed.
  PassGraphs* graphs() const { return graphs_.get(); }
  /// Where passes run; none: the device's default stream.
  const std::optional<c10::Stream>& stream() const { return stream_; }
  /// Whoever waits for a result holds it.
  const std::shared_ptr<PinnedResults>& pinned() const { return pinned_; }
  /// Lets go of recorded passes and the weights that they hold. No pass may run.
  void Close();
  /// Cosines and sines for positions below `positions`; grown when a pass needs more.
  const RotationTable& Rotations(int64_t positions, const std::vector<float>& frequencies);

  const std::string& gpu() const { return gpu_; }
  size_t memory_bytes() const { return memory_bytes_; }
  /// Why there are no kernels of our own; empty where there are.
  const std::string& composed_because() const { return composed_because_; }
  /// Why passes are not replayed on a GPU that is there; empty while they are.
  std::string launched_because() const;
  /// Why `auto` did not take a GPU; empty where it did.
  const std::string& cpu_because() const { return cpu_because_; }
  /// What the products of the CPU were measured to reach; empty where they were not.
  const std::string& formats() const { return formats_; }

  /// Bytes of activations and of passes that are replayed.
  int64_t working_bytes() const;
  /// Largest sum of activations that a pass held so far, in bytes.
  std::atomic<int64_t> scratch_bytes{0};
  /// Time that the last pass took to plan and to launch, before the wait for its result.
  std::atomic<int64_t> launch_microseconds{0};

 private:
  void OpenGpu(int ordinal, const DeviceChoice& choice);
  void OpenEmulated(const DeviceChoice& choice);
  void OpenProducts(const std::string& dtype);
  std::unique_ptr<GraphMaker> OpenStream(const DeviceChoice& choice);
  void OpenKernels(const DeviceChoice& choice, void* stream);
  void OpenGraphs(const DeviceChoice& choice, std::unique_ptr<GraphMaker> maker);

  Placement placement_;
  std::string gpu_, composed_because_, launched_because_, cpu_because_, formats_;
  int architecture_ = 0;
  size_t memory_bytes_ = 0;
  std::unique_ptr<RowOperations> rows_;
  std::map<std::vector<float>, RotationTable> rotations_;  // by frequencies: a model has one
  std::optional<c10::Stream> stream_;
  std::shared_ptr<PinnedResults> pinned_ = std::make_shared<PinnedResults>();
  std::unique_ptr<PassGraphs> graphs_;
};

}  // namespace rerank
