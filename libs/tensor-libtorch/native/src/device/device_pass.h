// One walk through the commands of a program, on tensors.
#pragma once

#include "../program.h"
#include "device_backend.h"
#include "device_plan.h"

namespace rerank {

struct DeviceResult {
  at::Tensor values;  // of the program's result, in float32
  at::Tensor stored;  // keys and values of the rows that are stored: [layers, 2, stored rows, width]; undefined: there are none
};

/// Launches the pass. `rotations` has those of all positions.
DeviceResult RunOnDevice(const Program& program, const DevicePlan& plan, const RotationTable& rotations, DeviceBackend& backend);

}  // namespace rerank
