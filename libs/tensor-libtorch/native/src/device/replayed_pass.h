// A pass of one program and one size, over memory that stays: recorded as a graph, and replayed for other inputs.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <utility>

#include "../program.h"
#include "device_attention.h"
#include "device_pass.h"
#include "graph_maker.h"
#include "pass_size.h"

namespace rerank {

class ReplayedPass {
 public:
  /// `memory`: kept and stored keys and values, which passes of all sizes share; undefined where the size has none.
  ReplayedPass(std::shared_ptr<const Program> program, const PassSize& size, const PlanMemory& memory,
               const RotationTable& rotations)
      : program_(std::move(program)), size_(size), memory_(memory), rotations_(rotations) {}
  ReplayedPass(const ReplayedPass&) = delete;
  ReplayedPass& operator=(const ReplayedPass&) = delete;

  bool Is(const Program& program, const PassSize& size) const { return &program == program_.get() && size == size_; }
  /// Whether it has rotations for that number of positions.
  bool Reaches(int64_t positions) const { return positions <= rotations_.cosines.size(0); }

  bool recorded() const { return graph_ != nullptr; }
  bool launched_before() const { return result_.defined(); }
  /// Puts the inputs in their place; `Launch` or `Replay` follows.
  void Take(const Plan& plan, const Placement& placement) { plan_.emplace(plan, size_, placement, memory_); }
  void Launch(DeviceBackend& backend) { result_ = RunOnDevice(*program_, *plan_, rotations_, backend).values; }
  void Record(GraphMaker& maker, DeviceBackend& backend) {
    graph_ = maker.Capture([this, &backend] { Launch(backend); });
  }
  void Replay() { graph_->Replay(); }
  /// Of the graph.
  int64_t bytes() const { return graph_ == nullptr ? 0 : graph_->bytes(); }
  /// The result of what was launched last, in float32, with rows beyond the plan's. Keys and values go to their segments.
  at::Tensor Finish() {
    KeepStored(*plan_, plan_->stored, /*copied=*/true);
    plan_.reset();  // What it holds of this pass is let go.
    return result_;
  }

 private:
  const std::shared_ptr<const Program> program_;
  const PassSize size_;
  PlanMemory memory_;
  const RotationTable rotations_;
  std::optional<DevicePlan> plan_;
  at::Tensor result_;
  std::unique_ptr<Graph> graph_;
};

}  // namespace rerank
