#include "device_pass.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <utility>

#include "../errors.h"

namespace rerank {
DevicePass::DevicePass(const Program& program, const DevicePlan& plan, const RotationTable& rotations, DeviceBackend& backend)
    : program_(program), plan_(plan), rotations_(rotations), backend_(backend), rows_(backend.rows()),
      attention_(plan, rows_, backend.flash(plan.head_dim)), slots_(program.slots),
      quantised_(slots_.size()), bytes_(slots_.size(), 0) {}

at::Tensor DevicePass::Run() {
  for (size_t index = 0; index < program_.commands.size(); ++index) {
    Step(program_.commands[index]);
    for (const size_t slot : program_.ended[index]) Release(slot);
  }
  if (largest_ > backend_.scratch_bytes) backend_.scratch_bytes = largest_;
  return slots_[program_.result].to(at::kFloat).contiguous();
}

void DevicePass::Step(const Command& command) {
  switch (command.opcode) {
    case Opcode::kEmbed:
      return Set(command, rows_.Embed(command.table->values, plan_.ids));
    case Opcode::kRmsNorm:
      return Norm(command, At(command, 1), {});
    case Opcode::kAddRmsNorm:
      return Norm(command, At(command, 1), At(command, 2));
    case Opcode::kLinear:
      return Set(command, Multiply(command));
    case Opcode::kNormAndRotate:
      return rows_.NormAndRotate(At(command, 0), command.weight->values, command.eps, rotations_,
                                 plan_.positions(command.scored_only), plan_.head_dim);
    case Opcode::kAttention:
      return Set(command, attention_.Attend({At(command, 1), At(command, 2), At(command, 3)}, command.layer, command.scored_only));
    case Opcode::kSwiglu:
      if (IsQuantised(command)) return Set(command, rows_.SwigluQuantised(At(command, 1)));
      return Set(command, rows_.Swiglu(At(command, 1)));
    case Opcode::kGatherScored:
      return Set(command, rows_.GatherRows({{}, At(command, 1).unsqueeze(0)}, plan_.scored_rows).squeeze(0));
    case Opcode::kAddBias:
      At(command, 0).add_(command.weight->values.view({-1}));
      return;
    case Opcode::kView:
      slots_[command.slots[0]] = At(command, 1).narrow(1, command.first, command.columns);
      return;
  }
}

void DevicePass::Norm(const Command& command, const at::Tensor& residual, const at::Tensor& delta) {
  const at::Tensor& weight = command.weight->values;
  if (IsQuantised(command)) return Set(command, rows_.NormQuantised(residual, delta, weight, command.eps));
  Set(command, delta.defined() ? rows_.AddRmsNorm(residual, delta, weight, command.eps) : rows_.RmsNorm(residual, weight, command.eps));
}

// A weight of one row is the direction of the score: it stays float32, and so does what it is multiplied with.
at::Tensor DevicePass::Multiply(const Command& command) const {
  const at::Tensor& x = At(command, 1);
  const Weight& weight = *command.weight;
  if (!weight.quantised()) return at::mm(x.to(weight.values.scalar_type()), weight.values.t());
  const QuantisedRows& there = quantised_[command.slots[1]];
  return MultiplyQuantised(there.values.defined() ? there : rows_.Quantise(x), {weight.values, weight.scales});
}

void DevicePass::Set(const Command& command, at::Tensor value) {
  Hold(command, static_cast<int64_t>(value.nbytes()));
  slots_[command.slots[0]] = std::move(value);
}

void DevicePass::Set(const Command& command, QuantisedRows value) {
  Hold(command, value.bytes());
  quantised_[command.slots[0]] = std::move(value);
}

void DevicePass::Hold(const Command& command, int64_t bytes) {
  bytes_[command.slots[0]] = bytes;
  held_ += bytes;
  largest_ = std::max(largest_, held_);
}

void DevicePass::Release(size_t slot) {
  held_ -= bytes_[slot];
  slots_[slot].reset();
  quantised_[slot] = {};
}

}  // namespace rerank
