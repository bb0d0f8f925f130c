#include "device_backend.h"

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include "../errors.h"
#include "../cpu/product_format.h"
#include "quantised.h"
#include "../rotation.h"
#include "device_attention.h"
#include "driver.h"
#include "pass_graphs.h"

namespace rerank {
namespace {

constexpr int kSmallestBfloat16 = 80;  // compute capability 8.0
constexpr int kEmulatedArchitecture = 90;
constexpr int64_t kFirstPositions = 4096;

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

Placement WithoutGpu(const DeviceChoice& choice) {
  Placement placement;
  placement.tensors = choice.tensors;
  placement.tiles = choice.tiles;
  if (choice.dtype == "fp8") placement.format = Format::kFp8;
  return placement;
}

// Which GPUs a libtorch multiplies on in 8 bits by row differs by its version: asking is surer than a list.
void TryQuantised(const std::string& gpu, const Placement& placement) {
  try {
    // Of a size that models have: the libraries choose by size.
    const QuantisedRows rows = QuantiseRows(at::ones({1024, 1024}, placement.options()));
    MultiplyQuantised(rows, rows).cpu();
  } catch (const std::exception& error) {
    throw InvalidArgument("libtorch " LIBTORCH_VERSION " does not multiply in fp8 on " + gpu + ": set DTYPE=bf16 (" + error.what() + ")");
  }
}

void* StreamOf(GraphMaker& maker, const c10::Stream& stream) {
  const c10::StreamGuard guard(stream);
  return maker.Stream();
}

}  // namespace

DeviceBackend::DeviceBackend(const DeviceChoice& choice) {
  placement_ = WithoutGpu(choice);
  if (choice.device == "emulated") {
    OpenEmulated(choice);
    return;
  }
  if (choice.device != "cpu") {
    try {
      OpenGpu(OrdinalOf(choice.device), choice);
    } catch (const std::exception& error) {
      if (choice.device != "auto") throw InvalidArgument(error.what());
      // Whatever the GPU had set before it failed.
      placement_ = WithoutGpu(choice);
      gpu_.clear();
      cpu_because_ = error.what();
    }
  }
  if (placement_.device.is_cpu()) {
    if (choice.tensors) {
      if (choice.dtype != "auto") placement_.dtype = DtypeNamed(choice.dtype);
    } else {
      OpenProducts(choice.dtype);
    }
    rows_ = std::make_unique<RowOperations>(placement_.dtype, nullptr);
    OpenGraphs(choice, MakeRunAgain());
    return;
  }
  std::unique_ptr<GraphMaker> maker = OpenStream(choice);
  OpenKernels(choice, maker == nullptr ? nullptr : StreamOf(*maker, *stream_));
  OpenGraphs(choice, std::move(maker));
}

DeviceBackend::~DeviceBackend() = default;

void DeviceBackend::Close() {
  graphs_ = nullptr;
  scratch_bytes = 0;
}

void DeviceBackend::OpenGpu(int ordinal, const DeviceChoice& choice) {
  const std::vector<Gpu> gpus = ListGpus();
  if (static_cast<size_t>(ordinal) >= gpus.size()) {
    throw InvalidArgument("there is no GPU " + std::to_string(ordinal) + "; this process sees " + std::to_string(gpus.size()));
  }
  const Gpu& gpu = gpus[static_cast<size_t>(ordinal)];
  gpu_ = gpu.name;
  architecture_ = gpu.architecture;
  memory_bytes_ = gpu.memory_bytes;
  const bool has_bfloat16 = architecture_ >= kSmallestBfloat16;
  if (choice.dtype == "bf16" && !has_bfloat16) throw InvalidArgument(gpu_ + " has no bf16: set DTYPE=f32 or fp16");
  if (placement_.format == Format::kFp8 && architecture_ < kSmallestE4m3) {
    throw InvalidArgument(gpu_ + " has no fp8, which compute capability 8.9 brings: set DTYPE=bf16");
  }
  LoadLibtorchCuda();
  if (!at::hasCUDA()) throw InvalidArgument("libtorch finds no GPU that it was built for");
  placement_.dtype = choice.dtype == "auto" ? (has_bfloat16 ? at::kBFloat16 : at::kFloat) : DtypeNamed(choice.dtype);
  placement_.device = c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(ordinal));
  placement_.tensors = true;
#if LIBTORCH_SERVES_GPU
  // Sums of a split multiplication stay float32: scores move less with the batch.
  at::globalContext().setAllowBF16ReductionCuBLAS(false);
  at::globalContext().setAllowFP16ReductionCuBLAS(false);
#endif
  // Makes the context that kernels are loaded into, and shows whether libtorch has code for this GPU.
  const c10::DeviceGuard guard(placement_.device);
  at::zeros({1}, placement_.options()).add_(1).cpu();
  if (placement_.format == Format::kFp8) TryQuantised(gpu_, placement_);
}

void DeviceBackend::OpenEmulated(const DeviceChoice& choice) {
  placement_.dtype = DtypeNamed(choice.dtype);
  placement_.tensors = true;
  architecture_ = kEmulatedArchitecture;
  OpenKernels(choice, nullptr);
  OpenGraphs(choice, MakeRunAgain());
}

void DeviceBackend::OpenProducts(const std::string& dtype) {
  try {
    const FormatChoice chosen = ChooseFormat(dtype);
    placement_.format = chosen.format;
    placement_.tiles = placement_.tiles || chosen.format != Format::kF32;
    placement_.precise = chosen.precise;
    formats_ = chosen.measured;
  } catch (const InvalidArgument& error) {
    throw InvalidArgument(error.what() + (cpu_because_.empty() ? "" : "; no GPU serves: " + cpu_because_));
  }
}

// Graphs are recorded on a stream that is not the default one; without them, that one serves.
std::unique_ptr<GraphMaker> DeviceBackend::OpenStream(const DeviceChoice& choice) {
  try {
    if (choice.graphs == "never") throw InvalidArgument("that was asked for");
    const c10::DeviceGuard guard(placement_.device);
    std::unique_ptr<GraphMaker> maker = LoadGraphMaker();
    stream_ = c10::impl::VirtualGuardImpl(placement_.device.type()).getStreamFromGlobalPool(placement_.device);
    return maker;
  } catch (const std::exception& error) {
    launched_because_ = error.what();
    return nullptr;
  }
}

void DeviceBackend::OpenGraphs(const DeviceChoice& choice, std::unique_ptr<GraphMaker> maker) {
  const bool always = choice.graphs == "always";
  if (maker == nullptr || (!always && !placement_.device.is_cuda())) return;
  graphs_ = std::make_unique<PassGraphs>(std::move(maker), always);
}

std::string DeviceBackend::launched_because() const { return graphs_ == nullptr ? launched_because_ : graphs_->because(); }

int64_t DeviceBackend::working_bytes() const { return scratch_bytes + (graphs_ == nullptr ? 0 : graphs_->bytes()); }

void DeviceBackend::OpenKernels(const DeviceChoice& choice, void* stream) {
  std::shared_ptr<const FusedKernels> kernels;
  const c10::DeviceGuard guard(placement_.device);
  try {
    if (!choice.fused) throw InvalidArgument("ATen operations were asked for");
    kernels = std::make_shared<FusedKernels>(placement_, architecture_, stream);
  } catch (const std::exception& error) {
    composed_because_ = error.what();
  }
  rows_ = std::make_unique<RowOperations>(placement_.dtype, std::move(kernels));
}

bool DeviceBackend::flash(int64_t head_dim) const {
  return placement_.device.is_cuda() && FlashServes(placement_.dtype, head_dim, architecture_);
}

const RotationTable& DeviceBackend::Rotations(int64_t positions, const std::vector<float>& frequencies) {
  RotationTable& table = rotations_[frequencies];
  if (table.cosines.defined() && table.cosines.size(0) >= positions) return table;
  int64_t count = kFirstPositions;
  while (count < positions) count *= 2;
  const auto half = static_cast<int64_t>(frequencies.size());
  at::Tensor cosines = at::empty({count, half}, at::kFloat);
  at::Tensor sines = at::empty({count, half}, at::kFloat);
  for (int64_t position = 0; position < count; ++position) {
    TurnTo(position, frequencies, cosines.data_ptr<float>() + position * half, sines.data_ptr<float>() + position * half);
  }
  table = {cosines.to(placement_.device), sines.to(placement_.device)};
  return table;
}

}  // namespace rerank
