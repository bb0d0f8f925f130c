// A GPU that passes run on (or the CPU in its place, for tests), and what is kept there from pass to pass.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "../placement.h"
#include "row_operations.h"

namespace rerank {

/// What was asked for; `auto` chooses by what is there.
struct DeviceChoice {
  std::string device;  // auto, cpu, cuda, cuda:N; emulated: the CPU, with kernels from a driver that runs them there
  std::string dtype;   // auto, f32, bf16, fp16, fp8
  /// False: ATen operations only, no kernels of our own.
  bool fused = true;
  /// The CPU runs passes as a GPU does.
  bool tensors = false;
};

class DeviceBackend {
 public:
  /// Throws InvalidArgument with the reason when the choice cannot be had.
  explicit DeviceBackend(const DeviceChoice& choice);

  const Placement& placement() const { return placement_; }
  const RowOperations& rows() const { return *rows_; }
  bool flash(int64_t head_dim) const;
  /// Cosines and sines for positions below `positions`; grown when a pass needs more.
  const RotationTable& Rotations(int64_t positions, int64_t head_dim, double theta);

  const std::string& gpu() const { return gpu_; }
  size_t memory_bytes() const { return memory_bytes_; }
  /// Why there are no kernels of our own; empty where there are.
  const std::string& composed_because() const { return composed_because_; }
  /// Why `auto` did not take a GPU; empty where it did.
  const std::string& cpu_because() const { return cpu_because_; }

  /// Largest sum of activations that a pass held so far, in bytes.
  std::atomic<int64_t> scratch_bytes{0};
  /// Time that the last pass took to plan and to launch, before the wait for its result.
  std::atomic<int64_t> launch_microseconds{0};

 private:
  void OpenGpu(int ordinal, const DeviceChoice& choice);
  void OpenEmulated(const DeviceChoice& choice);
  void OpenKernels(const DeviceChoice& choice);

  Placement placement_;
  std::string gpu_, composed_because_, cpu_because_;
  int architecture_ = 0;
  size_t memory_bytes_ = 0;
  std::unique_ptr<RowOperations> rows_;
  RotationTable rotations_;
  int64_t rotation_head_dim_ = 0;
  double rotation_theta_ = 0;
};

}  // namespace rerank
