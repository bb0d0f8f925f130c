#pragma once

#include <vector>

#include "../program.h"
#include "device_backend.h"

namespace rerank {

/// Runs the pass on tensors of the backend's device; answers the values of its result. One at a time per backend.
std::vector<float> ExecuteOnDevice(const Program& program, const Plan& plan, DeviceBackend& backend);

}  // namespace rerank
