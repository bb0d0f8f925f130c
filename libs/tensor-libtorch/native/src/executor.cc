#include "executor.h"

#include "device/device_choice.h"

namespace rerank {

std::shared_ptr<Executor> OpenExecutor(const Choice& choice) {
  const bool emulated = choice.device == "emulated";
  std::optional<ChosenDevice> device;
  std::string because;
  if (choice.device != "cpu" && !emulated) {
    try {
      device = ChooseGpu(choice);
    } catch (const std::exception& error) {
      if (choice.device != "auto") throw InvalidArgument(error.what());
      because = error.what();
    }
  }
  if (!device && (choice.tensors || emulated)) device = ChooseCpu(choice);
  return device ? OpenOnDevice(*device, choice, because) : OpenLoops(choice, because);
}

}  // namespace rerank
