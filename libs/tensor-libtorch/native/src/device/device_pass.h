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
  const at::Tensor& At(const Command& command, size_t index) const { return slots_[command.slots[index]]; }

  /// Products in 8 bits alone read what it makes.
  bool IsQuantised(const Command& command) const { return program_.formats[command.slots[0]] == Format::kFp8; }
  void Step(const Command& command);
  void Norm(const Command& command, const at::Tensor& residual, const at::Tensor& delta);
  at::Tensor Multiply(const Command& command) const;
  void Set(const Command& command, at::Tensor value);
  void Set(const Command& command, QuantisedRows value);
  void Hold(const Command& command, int64_t bytes);
  void Release(size_t slot);

  const Program& program_;
  const DevicePlan& plan_;
  const RotationTable rotations_;
  DeviceBackend& backend_;
  const RowOperations& rows_;
  DeviceAttention attention_;
  std::vector<at::Tensor> slots_;
  std::vector<QuantisedRows> quantised_;  // in place of a slot's tensor, where products in 8 bits alone read it
  std::vector<int64_t> bytes_;            // by slot, but for views
  int64_t held_ = 0;
  int64_t largest_ = 0;
};

}  // namespace rerank
