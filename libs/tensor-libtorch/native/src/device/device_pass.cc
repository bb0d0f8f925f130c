#include "device_pass.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <utility>

#include "device_attention.h"

namespace rerank {
namespace {

class DevicePass {
 public:
  DevicePass(const Program& program, const DevicePlan& plan, const RotationTable& rotations, DeviceBackend& backend)
      : program_(program), plan_(plan), rotations_(rotations), backend_(backend),
        attention_(plan, rotations, backend), slots_(program.slots), bytes_(slots_.size(), 0) {}

  DeviceResult Run() {
    for (size_t index = 0; index < program_.commands.size(); ++index) {
      Step(program_.commands[index]);
      for (const size_t slot : program_.ended[index]) Release(slot);
    }
    if (largest_ > backend_.scratch_bytes) backend_.scratch_bytes = largest_;
    return {slots_[program_.result].values.to(at::kFloat).contiguous(), attention_.stored()};
  }

 private:
  const at::Tensor& At(const Command& command, size_t index) const { return slots_[command.slots[index]].values; }

  void Step(const Command& command) {
    const RowOperations& rows = backend_.rows(command.fused);
    // Where products in 8 bits alone read what it makes.
    const bool quantised = program_.formats[command.slots[0]] == Format::kFp8;
    switch (command.opcode) {
      case Opcode::kEmbed:
        return Set(command, {rows.Embed(command.table->values, plan_.ids), {}});
      case Opcode::kRmsNorm:
        return Set(command, rows.AddRmsNorm(At(command, 1), {}, command.weight->values, command.eps, quantised));
      case Opcode::kAddRmsNorm:
        return Set(command, rows.AddRmsNorm(At(command, 1), command.joined ? at::Tensor() : At(command, 2),
                                            command.weight->values, command.eps, quantised));
      case Opcode::kLinear:
        if (command.adds_to) {
          slots_[*command.adds_to].values.addmm_(At(command, 1), command.weight->values.t());
          return;
        }
        return Set(command, {Multiply(command, rows), {}});
      case Opcode::kNormAndRotate:
        if (command.joined) return;
        return rows.NormAndRotate(At(command, 0), command.weight->values, command.eps, rotations_,
                                  plan_.positions(command.scored_only), plan_.head_dim);
      case Opcode::kAttention:
        return Set(command, {attention_.Attend({At(command, 1), At(command, 2), At(command, 3)}, command), {}});
      case Opcode::kSwiglu:
        return Set(command, rows.Swiglu(At(command, 1), quantised));
      case Opcode::kGatherScored:
        return Set(command, {rows.GatherRows({{}, At(command, 1).unsqueeze(0)}, plan_.scored_rows, {}).squeeze(0), {}});
      case Opcode::kAddBias:
        At(command, 0).add_(command.weight->values.view({-1}));
        return;
      case Opcode::kView:
        slots_[command.slots[0]] = {At(command, 1).narrow(1, command.first, command.columns), {}};
        return;
    }
  }

  // A weight of one row is the direction of the score: it stays float32, and so does what it is multiplied with.
  at::Tensor Multiply(const Command& command, const RowOperations& rows) const {
    const DeviceRows& x = slots_[command.slots[1]];
    const Weight& weight = *command.weight;
    if (weight.format != Format::kFp8) return at::mm(x.values.to(weight.values.scalar_type()), weight.values.t());
    return MultiplyRows(backend_.multiply_quantised(), x.scales.defined() ? x : rows.Quantise(x.values), {weight.values, weight.scales});
  }

  void Set(const Command& command, DeviceRows rows) {
    const size_t slot = command.slots[0];
    held_ += bytes_[slot] = rows.bytes();
    largest_ = std::max(largest_, held_);
    slots_[slot] = std::move(rows);
  }

  void Release(size_t slot) {
    held_ -= bytes_[slot];
    slots_[slot] = {};
  }

  const Program& program_;
  const DevicePlan& plan_;
  const RotationTable& rotations_;
  DeviceBackend& backend_;
  DeviceAttention attention_;
  std::vector<DeviceRows> slots_;
  std::vector<int64_t> bytes_;  // by slot, but for views
  int64_t held_ = 0;
  int64_t largest_ = 0;
};

}  // namespace

DeviceResult RunOnDevice(const Program& program, const DevicePlan& plan, const RotationTable& rotations, DeviceBackend& backend) {
  return DevicePass(program, plan, rotations, backend).Run();
}

}  // namespace rerank
