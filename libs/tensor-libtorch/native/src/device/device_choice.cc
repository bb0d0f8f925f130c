#include "device_choice.h"

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <c10/core/DeviceGuard.h>
#include <dlfcn.h>

#include "../errors.h"
#include "driver.h"
#include "quantised.h"

namespace rerank {
namespace {

constexpr int kSmallestBfloat16 = 80;  // compute capability 8.0
constexpr int kEmulatedArchitecture = 90;

at::ScalarType DtypeNamed(const std::string& name) {
  if (name == "f32") return at::kFloat;
  if (name == "bf16" || name == "fp8") return at::kBFloat16;
  if (name == "fp16") return at::kHalf;
  throw InvalidArgument("DTYPE must be auto, f32, bf16, fp16 or fp8, got " + name);
}

int OrdinalOf(const std::string& device) {
  if (device == "auto" || device == "cuda") return 0;
  if (device.rfind("cuda:", 0) == 0) return std::stoi(device.substr(5));
  throw InvalidArgument("DEVICE must be auto, cpu, cuda or cuda:<number>, got " + device);
}

// The CUDA half of libtorch, which registers itself when it is loaded. It needs the CUDA libraries, so that the addon is not
// linked to it: without a GPU they need not be there.
void LoadLibtorchCuda() {
  if (!LIBTORCH_SERVES_GPU) throw InvalidArgument("GPUs need libtorch 2.6 or newer, this is " LIBTORCH_VERSION);
  static void* const library = ::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    const char* error = ::dlerror();
    throw InvalidArgument(std::string("this libtorch cannot use a GPU: ") + (error == nullptr ? "no libtorch_cuda.so" : error));
  }
}

Gpu FindGpu(int ordinal) {
  const std::vector<Gpu> gpus = ListGpus();
  if (static_cast<size_t>(ordinal) < gpus.size()) return gpus[static_cast<size_t>(ordinal)];
  throw InvalidArgument("there is no GPU " + std::to_string(ordinal) + "; this process sees " + std::to_string(gpus.size()));
}

at::ScalarType DtypeFor(const Gpu& gpu, const std::string& dtype) {
  const bool has_bfloat16 = gpu.architecture >= kSmallestBfloat16;
  if (dtype == "auto") return has_bfloat16 ? at::kBFloat16 : at::kFloat;
  if (dtype == "bf16" && !has_bfloat16) throw InvalidArgument(gpu.name + " has no bf16: set DTYPE=f32 or fp16");
  if (dtype == "fp8" && gpu.architecture < kSmallestE4m3) {
    throw InvalidArgument(gpu.name + " has no fp8, which compute capability 8.9 brings: set DTYPE=bf16");
  }
  return DtypeNamed(dtype);
}

}  // namespace

ChosenDevice ChooseGpu(const Choice& choice) {
  const int ordinal = OrdinalOf(choice.device);
  const Gpu gpu = FindGpu(ordinal);
  const Placement placement{c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(ordinal)), DtypeFor(gpu, choice.dtype),
                            choice.dtype == "fp8"};
  LoadLibtorchCuda();
  if (!at::hasCUDA()) throw InvalidArgument("libtorch finds no GPU that it was built for");
#if LIBTORCH_SERVES_GPU
  // Sums of a split multiplication stay float32: scores move less with the batch.
  at::globalContext().setAllowBF16ReductionCuBLAS(false);
  at::globalContext().setAllowFP16ReductionCuBLAS(false);
#endif
  // Makes the context that kernels are loaded into, and shows whether libtorch has code for this GPU.
  const c10::DeviceGuard guard(placement.device);
  at::zeros({1}, placement.options()).add_(1).cpu();
  return {placement, gpu.name, gpu.architecture};
}

ChosenDevice ChooseCpu(const Choice& choice) {
  ChosenDevice chosen;
  chosen.placement.quantised = choice.dtype == "fp8";
  if (chosen.placement.quantised && !LIBTORCH_SERVES_GPU) {
    throw InvalidArgument("fp8 needs libtorch 2.6 or newer, this is " LIBTORCH_VERSION);
  }
  if (choice.dtype != "auto") chosen.placement.dtype = DtypeNamed(choice.dtype);
  if (choice.device == "emulated") {
    chosen.gpu = "emulated GPU";
    chosen.architecture = kEmulatedArchitecture;
  }
  return chosen;
}

}  // namespace rerank
