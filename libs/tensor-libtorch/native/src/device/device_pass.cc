#include "device_pass.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <utility>

#include "../errors.h"

namespace rerank {
namespace {

float Number(const Command& command, int argument) { return static_cast<float>(command.arguments[argument]); }
int64_t Integer(const Command& command, int argument) { return static_cast<int64_t>(command.arguments[argument]); }
bool Flag(const Command& command, int argument) { return command.arguments[argument] != 0; }
bool InPlace(Opcode opcode) { return opcode == Opcode::kNormAndRotate || opcode == Opcode::kAddBias; }

}  // namespace

DevicePass::DevicePass(const Program& program, const DevicePlan& plan, const RotationTable& rotations, DeviceBackend& backend)
    : program_(program), plan_(plan), rotations_(rotations), backend_(backend), rows_(backend.rows()),
      attention_(plan, rows_, backend.flash(plan.head_dim)), slots_(static_cast<size_t>(program.slots)),
      quantised_(slots_.size()), last_use_(slots_.size(), 0), only_quantised_(slots_.size(), false) {
  FindUses();
}

at::Tensor DevicePass::Run() {
  for (size_t index = 0; index < program_.commands.size(); ++index) {
    Step(program_.commands[index]);
    ReleaseAfter(index);
  }
  if (largest_ > backend_.scratch_bytes) backend_.scratch_bytes = largest_;
  return slots_[static_cast<size_t>(program_.result)].to(at::kFloat).contiguous();
}

// The arguments of each command are those of program.cc.
void DevicePass::Step(const Command& command) {
  switch (command.opcode) {
    case Opcode::kEmbed:
      return Set(command, rows_.Embed(std::get<std::shared_ptr<Table>>(program_.operands[Slot(command, 1)])->values, plan_.ids));
    case Opcode::kRmsNorm:
      return Norm(command, At(command, 1), {}, WeightAt(command, 2), Number(command, 3));
    case Opcode::kAddRmsNorm:
      return Norm(command, At(command, 1), At(command, 2), WeightAt(command, 3), Number(command, 4));
    case Opcode::kLinear:
      return Set(command, Multiply(command));
    case Opcode::kNormAndRotate:
      return rows_.NormAndRotate(At(command, 0), WeightAt(command, 1), Number(command, 2), rotations_,
                                 plan_.positions(Flag(command, 3)), plan_.head_dim);
    case Opcode::kAttention:
      return Set(command, attention_.Attend({At(command, 1), At(command, 2), At(command, 3)}, Integer(command, 4), Flag(command, 5)));
    case Opcode::kSwiglu:
      if (only_quantised_[Slot(command, 0)]) return Set(command, rows_.SwigluQuantised(At(command, 1)));
      return Set(command, rows_.Swiglu(At(command, 1)));
    case Opcode::kGatherScored:
      return Set(command, rows_.GatherRows({{}, At(command, 1).unsqueeze(0)}, plan_.scored_rows).squeeze(0));
    case Opcode::kAddBias:
      At(command, 0).add_(WeightAt(command, 1).view({-1}));
      return;
    case Opcode::kView:
      return Set(command, At(command, 1).narrow(1, Integer(command, 2), Integer(command, 3)));
  }
  throw InvalidArgument("unknown command in a recorded pass");
}

void DevicePass::Norm(const Command& command, const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight,
                      float eps) {
  if (only_quantised_[Slot(command, 0)]) return Set(command, rows_.NormQuantised(residual, delta, weight, eps));
  Set(command, delta.defined() ? rows_.AddRmsNorm(residual, delta, weight, eps) : rows_.RmsNorm(residual, weight, eps));
}

// A weight of one row is the direction of the score: it stays float32, and so does what it is multiplied with.
at::Tensor DevicePass::Multiply(const Command& command) const {
  const at::Tensor& x = At(command, 1);
  const Weight& weight = LinearAt(command, 2);
  if (!weight.quantised()) return at::mm(x.to(weight.values.scalar_type()), weight.values.t());
  const QuantisedRows& there = quantised_[Slot(command, 1)];
  return MultiplyQuantised(there.values.defined() ? there : rows_.Quantise(x), {weight.values, weight.scales});
}

void DevicePass::Set(const Command& command, at::Tensor value) {
  held_ += static_cast<int64_t>(value.nbytes());
  largest_ = std::max(largest_, held_);
  slots_[Slot(command, 0)] = std::move(value);
}

void DevicePass::Set(const Command& command, QuantisedRows value) {
  held_ += value.bytes();
  largest_ = std::max(largest_, held_);
  quantised_[Slot(command, 0)] = std::move(value);
}

void DevicePass::FindUses() {
  const auto result = static_cast<size_t>(program_.result);
  std::vector<bool> read_otherwise(slots_.size(), false);
  for (size_t index = 0; index < program_.commands.size(); ++index) {
    const Command& command = program_.commands[index];
    const bool quantises = command.opcode == Opcode::kLinear && LinearAt(command, 2).quantised();
    for (int argument = 0; argument < SlotArguments(command.opcode); ++argument) {
      const size_t slot = Slot(command, argument);
      last_use_.at(slot) = index;
      if (argument == 0 && !InPlace(command.opcode)) continue;  // It is written only.
      if (quantises) only_quantised_[slot] = true;
      else read_otherwise[slot] = true;
    }
  }
  last_use_.at(result) = program_.commands.size();
  read_otherwise[result] = true;
  for (size_t slot = 0; slot < slots_.size(); ++slot) only_quantised_[slot] = only_quantised_[slot] && !read_otherwise[slot];
}

void DevicePass::ReleaseAfter(size_t index) {
  const Command& command = program_.commands[index];
  for (int argument = 0; argument < SlotArguments(command.opcode); ++argument) {
    const size_t slot = Slot(command, argument);
    if (last_use_[slot] != index) continue;
    if (slots_[slot].defined()) held_ -= static_cast<int64_t>(slots_[slot].nbytes());
    held_ -= quantised_[slot].bytes();
    slots_[slot].reset();
    quantised_[slot] = {};
  }
}

}  // namespace rerank
