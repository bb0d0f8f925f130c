#include "device_program.h"

#include <ATen/Functions.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>

#include "../errors.h"
#include "device_attention.h"
#include "device_plan.h"

namespace rerank {
namespace {

class DeviceExecution {
 public:
  DeviceExecution(const Program& program, const Plan& plan, DeviceBackend& backend)
      : program_(program), plan_(plan), backend_(backend), rows_(backend.rows()), on_device_(plan, backend.placement()),
        attention_(plan, on_device_, rows_, backend.flash(plan.head_dim)), slots_(static_cast<size_t>(program.slots)),
        last_use_(static_cast<size_t>(program.slots), 0) {
    FindLastUses();
  }

  std::vector<float> Run(std::chrono::steady_clock::time_point started) {
    for (size_t index = 0; index < program_.commands.size(); ++index) {
      Step(program_.commands[index]);
      ReleaseAfter(index);
    }
    attention_.KeepStored();
    const auto launched = std::chrono::steady_clock::now() - started;
    backend_.launch_microseconds = std::chrono::duration_cast<std::chrono::microseconds>(launched).count();
    // Waits for the device: what went wrong on it is thrown here.
    const at::Tensor result = slots_[static_cast<size_t>(program_.result)].to(at::kFloat).contiguous().cpu();
    const float* values = result.data_ptr<float>();
    return {values, values + result.numel()};
  }

 private:
  static size_t Slot(const Command& command, int argument) { return static_cast<size_t>(command.arguments[argument]); }
  const at::Tensor& At(const Command& command, int argument) const { return slots_[Slot(command, argument)]; }
  float Number(const Command& command, int argument) const { return static_cast<float>(command.arguments[argument]); }
  int64_t Integer(const Command& command, int argument) const { return static_cast<int64_t>(command.arguments[argument]); }
  bool Flag(const Command& command, int argument) const { return command.arguments[argument] != 0; }
  const Weight& LinearAt(const Command& command, int argument) const {
    return *std::get<std::shared_ptr<Weight>>(program_.operands[Slot(command, argument)]);
  }
  const at::Tensor& WeightAt(const Command& command, int argument) const { return LinearAt(command, argument).values; }

  // The arguments of each command are those of program.cc.
  void Step(const Command& command) {
    at::Tensor& out = slots_[Slot(command, 0)];
    switch (command.opcode) {
      case Opcode::kEmbed:
        return Set(out, rows_.Embed(std::get<std::shared_ptr<Table>>(program_.operands[Slot(command, 1)])->values, on_device_.ids));
      case Opcode::kRmsNorm:
        return Set(out, rows_.RmsNorm(At(command, 1), WeightAt(command, 2), Number(command, 3)));
      case Opcode::kAddRmsNorm:
        return Set(out, rows_.AddRmsNorm(At(command, 1), At(command, 2), WeightAt(command, 3), Number(command, 4)));
      case Opcode::kLinear:
        return Set(out, Multiply(At(command, 1), LinearAt(command, 2)));
      case Opcode::kNormAndRotate:
        return rows_.NormAndRotate(out, WeightAt(command, 1), Number(command, 2), Rotations(),
                                   on_device_.positions(Flag(command, 3)), plan_.head_dim);
      case Opcode::kAttention:
        return Set(out, attention_.Attend({At(command, 1), At(command, 2), At(command, 3)}, Integer(command, 4), Flag(command, 5)));
      case Opcode::kSwiglu:
        return Set(out, rows_.Swiglu(At(command, 1)));
      case Opcode::kGatherScored:
        return Set(out, rows_.GatherRows({{}, At(command, 1).unsqueeze(0)}, on_device_.scored_rows).squeeze(0));
      case Opcode::kView:
        return Set(out, At(command, 1).narrow(1, Integer(command, 2), Integer(command, 3)));
    }
    throw InvalidArgument("unknown command in a recorded pass");
  }

  // A weight of one row is the direction of the score: it stays float32, and so does what it is multiplied with.
  at::Tensor Multiply(const at::Tensor& x, const Weight& weight) const {
    if (weight.quantised()) return MultiplyQuantised(rows_.Quantise(x), {weight.values, weight.scales});
    return at::mm(x.to(weight.values.scalar_type()), weight.values.t());
  }

  const RotationTable& Rotations() {
    if (rotations_ == nullptr) {
      const int64_t last = *std::max_element(plan_.positions.begin(), plan_.positions.end());
      rotations_ = &backend_.Rotations(last + 1, plan_.head_dim, plan_.theta);
    }
    return *rotations_;
  }

  void Set(at::Tensor& slot, at::Tensor value) {
    held_ += static_cast<int64_t>(value.nbytes());
    largest_ = std::max(largest_, held_);
    slot = std::move(value);
  }

  void FindLastUses() {
    for (size_t index = 0; index < program_.commands.size(); ++index) {
      const Command& command = program_.commands[index];
      for (int argument = 0; argument < SlotArguments(command.opcode); ++argument) last_use_.at(Slot(command, argument)) = index;
    }
    last_use_.at(static_cast<size_t>(program_.result)) = program_.commands.size();
  }

  void ReleaseAfter(size_t index) {
    const Command& command = program_.commands[index];
    for (int argument = 0; argument < SlotArguments(command.opcode); ++argument) {
      at::Tensor& slot = slots_[Slot(command, argument)];
      if (last_use_[Slot(command, argument)] != index || !slot.defined()) continue;
      held_ -= static_cast<int64_t>(slot.nbytes());
      slot.reset();
    }
    if (largest_ > backend_.scratch_bytes) backend_.scratch_bytes = largest_;
  }

  const Program& program_;
  const Plan& plan_;
  DeviceBackend& backend_;
  const RowOperations& rows_;
  const DevicePlan on_device_;
  DeviceAttention attention_;
  std::vector<at::Tensor> slots_;
  std::vector<size_t> last_use_;
  const RotationTable* rotations_ = nullptr;
  int64_t held_ = 0;
  int64_t largest_ = 0;
};

}  // namespace

std::vector<float> ExecuteOnDevice(const Program& program, const Plan& plan, DeviceBackend& backend) {
  const auto started = std::chrono::steady_clock::now();
  const c10::InferenceMode inference;
  const c10::OptionalDeviceGuard guard(backend.placement().device);
  return DeviceExecution(program, plan, backend).Run(started);
}

}  // namespace rerank
