#include "replayed_pass.h"

#include "device_pass.h"

namespace rerank {

void ReplayedPass::Take(const Plan& plan, const Placement& placement) { plan_.emplace(plan, size_, placement, memory_); }

void ReplayedPass::Launch(DeviceBackend& backend) { result_ = DevicePass(*program_, *plan_, rotations_, backend).Run(); }

void ReplayedPass::Record(GraphMaker& maker, DeviceBackend& backend) {
  graph_ = maker.Capture([this, &backend] { Launch(backend); });
}

at::Tensor ReplayedPass::Finish() {
  KeepStored(*plan_, plan_->stored, /*copied=*/true);
  plan_.reset();  // What it holds of this pass is let go.
  return result_;
}

}  // namespace rerank
