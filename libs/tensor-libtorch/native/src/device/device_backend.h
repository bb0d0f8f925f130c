// What is kept on a device from pass to pass: its stream, kernels, recorded passes and rotations.
#pragma once

#include <c10/core/Stream.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../program.h"
#include "../rotations.h"
#include "device_choice.h"
#include "flash_attention.h"
#include "fused_kernels.h"
#include "graph_maker.h"
#include "notes.h"
#include "pinned_results.h"
#include "row_operations.h"
#include "self_test.h"

namespace rerank {

class PassGraphs;

class DeviceBackend {
 public:
  DeviceBackend(const ChosenDevice& chosen, const Choice& choice);
  ~DeviceBackend();

  const Placement& placement() const { return chosen_.placement; }
  /// Those of our own; none where they cannot be had.
  const FusedRows* kernels() const { return kernels_.get(); }
  /// By kernels of our own where `fused`, else by ATen.
  const RowOperations& rows(bool fused) const { return fused ? static_cast<const RowOperations&>(*kernels_) : *composed_; }
  QuantisedProduct multiply_quantised() const { return multiply_quantised_; }
  /// Null where it does not serve such heads.
  FlashAttention flash(int64_t head_dim) const;
  /// None where passes are not replayed.
  PassGraphs* graphs() const { return graphs_.get(); }
  /// Where passes run; none: the device's default stream.
  const std::optional<c10::Stream>& stream() const { return stream_; }
  /// Held by the one that waits for a result.
  const std::shared_ptr<PinnedResults>& pinned() const { return pinned_; }
  /// Lets go of recorded passes and the weights that they hold. No pass may run.
  void Close();
  const RotationTable& RotationsOf(const Program& program, const Plan& plan) {
    return rotations_.For(plan.position_count(), program.frequencies);
  }

  const ChosenDevice& chosen() const { return chosen_; }
  /// Memory that was free when the GPU was open; 0 where there is none.
  size_t free_bytes() const { return free_bytes_; }
  /// What passes go without: what cannot be had, what the self-test found wrong, and what programs and passes are too large for.
  Notes& notes() const { return notes_; }

  /// Bytes of activations and of passes that are replayed.
  int64_t working_bytes() const;
  /// Largest sum of activations that a pass held so far, in bytes.
  std::atomic<int64_t> scratch_bytes{0};
  /// Time that the last pass took to plan and to launch, before the wait for its result.
  std::atomic<int64_t> launch_microseconds{0};

 private:
  void OpenGpu(const Choice& choice);
  void OpenEmulated(const Choice& choice);
  void OpenKernels(const Choice& choice, void* stream);
  void Verify();
  bool IsRight(const Trial& trial);

  ChosenDevice chosen_;
  mutable Notes notes_;
  size_t free_bytes_ = 0;
  std::unique_ptr<RowOperations> composed_;
  std::unique_ptr<FusedRows> kernels_;
  FlashAttention flash_ = AttendByFlash;  // null: not there, or wrong
  QuantisedProduct multiply_quantised_ = MultiplyQuantised;
  Rotations rotations_;
  std::optional<c10::Stream> stream_;
  std::shared_ptr<PinnedResults> pinned_ = std::make_shared<PinnedResults>();
  std::unique_ptr<PassGraphs> graphs_;
};

}  // namespace rerank
