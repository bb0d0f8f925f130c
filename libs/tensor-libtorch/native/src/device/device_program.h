#pragma once

#include <memory>

#include "../compute_thread.h"
#include "../program.h"
#include "device_backend.h"

namespace rerank {

/// Runs the pass on tensors of the backend's device: on a GPU it is launched, and its result is waited for elsewhere. One at a time
/// per backend.
Launched LaunchOnDevice(const std::shared_ptr<const Program>& program, const Plan& plan, DeviceBackend& backend);

}  // namespace rerank
