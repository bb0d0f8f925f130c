#include "executor.h"

#include "device/device_choice.h"

namespace rerank {

std::shared_ptr<Executor> OpenExecutor(const Choice& choice) {
  const bool emulated = choice.device == "emulated";
  std::string because;
  if (choice.device != "cpu" && !emulated) {
    try {
      return OpenOnDevice(ChooseGpu(choice), choice, "");
    } catch (const std::exception& error) {
      if (choice.device != "auto") throw InvalidArgument(error.what());
      because = error.what();
    }
  }
  if (choice.tensors || emulated) return OpenOnDevice(ChooseCpu(choice), choice, because);
  return OpenLoops(choice, because);
}

}  // namespace rerank
