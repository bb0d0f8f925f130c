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

}  // namespace

DevicePass::DevicePass(const Program& program, const DevicePlan& plan, const RotationTable& rotations, DeviceBackend& backend)
    : program_(program), plan_(plan), rotations_(rotations), backend_(backend), rows_(backend.rows()),
      attention_(plan, rows_, backend.flash(plan.head_dim)), slots_(static_cast<size_t>(program.slots)),
      last_use_(static_cast<size_t>(program.slots), 0) {
  FindLastUses();
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
  at::Tensor& out = slots_[Slot(command, 0)];
  switch (command.opcode) {
    case Opcode::kEmbed:
      return Set(out, rows_.Embed(std::get<std::shared_ptr<Table>>(program_.operands[Slot(command, 1)])->values, plan_.ids));
    case Opcode::kRmsNorm:
      return Set(out, rows_.RmsNorm(At(command, 1), WeightAt(command, 2), Number(command, 3)));
    case Opcode::kAddRmsNorm:
      return Set(out, rows_.AddRmsNorm(At(command, 1), At(command, 2), WeightAt(command, 3), Number(command, 4)));
    case Opcode::kLinear:
      return Set(out, Multiply(At(command, 1), LinearAt(command, 2)));
    case Opcode::kNormAndRotate:
      return rows_.NormAndRotate(out, WeightAt(command, 1), Number(command, 2), rotations_, plan_.positions(Flag(command, 3)),
                                 plan_.head_dim);
    case Opcode::kAttention:
      return Set(out, attention_.Attend({At(command, 1), At(command, 2), At(command, 3)}, Integer(command, 4), Flag(command, 5)));
    case Opcode::kSwiglu:
      return Set(out, rows_.Swiglu(At(command, 1)));
    case Opcode::kGatherScored:
      return Set(out, rows_.GatherRows({{}, At(command, 1).unsqueeze(0)}, plan_.scored_rows).squeeze(0));
    case Opcode::kView:
      return Set(out, At(command, 1).narrow(1, Integer(command, 2), Integer(command, 3)));
  }
  throw InvalidArgument("unknown command in a recorded pass");
}

// A weight of one row is the direction of the score: it stays float32, and so does what it is multiplied with.
at::Tensor DevicePass::Multiply(const at::Tensor& x, const Weight& weight) const {
  if (weight.quantised()) return MultiplyQuantised(rows_.Quantise(x), {weight.values, weight.scales});
  return at::mm(x.to(weight.values.scalar_type()), weight.values.t());
}

void DevicePass::Set(at::Tensor& slot, at::Tensor value) {
  held_ += static_cast<int64_t>(value.nbytes());
  largest_ = std::max(largest_, held_);
  slot = std::move(value);
}

void DevicePass::FindLastUses() {
  for (size_t index = 0; index < program_.commands.size(); ++index) {
    const Command& command = program_.commands[index];
    for (int argument = 0; argument < SlotArguments(command.opcode); ++argument) last_use_.at(Slot(command, argument)) = index;
  }
  last_use_.at(static_cast<size_t>(program_.result)) = program_.commands.size();
}

void DevicePass::ReleaseAfter(size_t index) {
  const Command& command = program_.commands[index];
  for (int argument = 0; argument < SlotArguments(command.opcode); ++argument) {
    at::Tensor& slot = slots_[Slot(command, argument)];
    if (last_use_[Slot(command, argument)] != index || !slot.defined()) continue;
    held_ -= static_cast<int64_t>(slot.nbytes());
    slot.reset();
  }
}

}  // namespace rerank
