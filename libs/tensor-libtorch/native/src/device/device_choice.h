// Which device passes run on, found by asking what is there; what is kept on it is DeviceBackend's.
#pragma once

#include <cstddef>
#include <string>

#include "../executor.h"
#include "placement.h"

namespace rerank {

struct ChosenDevice {
  Placement placement;
  std::string gpu;       // its name; empty on the CPU
  int architecture = 0;  // 90 is compute capability 9.0; 0 where there are no kernels of our own
};

/// Loads libtorch's CUDA half and tries the GPU. Throws std::exception with the reason when the choice cannot be had.
ChosenDevice ChooseGpu(const Choice& choice);

/// Passes on tensors of the device. `because`: why it is not a GPU, where one was asked for.
std::shared_ptr<Executor> OpenOnDevice(const ChosenDevice& chosen, const Choice& choice, const std::string& because);

/// The CPU in the place of a GPU, for tests. Throws InvalidArgument on an unknown dtype.
ChosenDevice ChooseCpu(const Choice& choice);

}  // namespace rerank
