#include "replayed_pass.h"

#include <algorithm>

#include "device_pass.h"

namespace rerank {
namespace {

bool Same(const Command& one, const Command& other) {
  return one.opcode == other.opcode && std::equal(std::begin(one.arguments), std::end(one.arguments), std::begin(other.arguments));
}

}  // namespace

bool ReplayedPass::Is(const Program& program, const PassSize& size) const {
  return size == size_ && program.slots == program_.slots && program.result == program_.result &&
         program.operands == program_.operands &&
         std::equal(program.commands.begin(), program.commands.end(), program_.commands.begin(), program_.commands.end(), Same);
}

void ReplayedPass::Take(const Plan& plan, const Placement& placement) { plan_.emplace(plan, size_, placement, memory_); }

void ReplayedPass::Launch(DeviceBackend& backend) { result_ = DevicePass(program_, *plan_, rotations_, backend).Run(); }

void ReplayedPass::Record(GraphMaker& maker, DeviceBackend& backend) {
  graph_ = maker.Capture([this, &backend] { Launch(backend); });
}

at::Tensor ReplayedPass::Finish() {
  KeepStored(*plan_, plan_->stored, /*copied=*/true);
  plan_.reset();  // What it holds of this pass is let go.
  return result_;
}

}  // namespace rerank
