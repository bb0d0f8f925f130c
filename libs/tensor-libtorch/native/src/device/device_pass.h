// One walk through the commands of a recorded pass, on tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "../program.h"
#include "device_attention.h"
#include "device_backend.h"
#include "device_plan.h"

namespace rerank {

class DevicePass {
 public:
  DevicePass(const Program& program, const DevicePlan& plan, const RotationTable& rotations, DeviceBackend& backend);

  /// Launches the pass; answers its result in float32, and keeps what it stored.
  at::Tensor Run();

  const at::Tensor& stored() const { return attention_.stored(); }

 private:
  static size_t Slot(const Command& command, int argument) { return static_cast<size_t>(command.arguments[argument]); }
  const at::Tensor& At(const Command& command, int argument) const { return slots_[Slot(command, argument)]; }
  const Weight& LinearAt(const Command& command, int argument) const {
    return *std::get<std::shared_ptr<Weight>>(program_.operands[Slot(command, argument)]);
  }
  const at::Tensor& WeightAt(const Command& command, int argument) const { return LinearAt(command, argument).values; }

  void Step(const Command& command);
  void Norm(const Command& command, const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight, float eps);
  at::Tensor Multiply(const Command& command) const;
  void Set(const Command& command, at::Tensor value);
  void Set(const Command& command, QuantisedRows value);
  void FindUses();
  void ReleaseAfter(size_t index);

  const Program& program_;
  const DevicePlan& plan_;
  const RotationTable rotations_;
  DeviceBackend& backend_;
  const RowOperations& rows_;
  DeviceAttention attention_;
  std::vector<at::Tensor> slots_;
  std::vector<QuantisedRows> quantised_;  // in place of a slot's tensor, where products in 8 bits alone read it
  std::vector<size_t> last_use_;
  std::vector<bool> only_quantised_;      // by slot
  int64_t held_ = 0;
  int64_t largest_ = 0;
};

}  // namespace rerank
