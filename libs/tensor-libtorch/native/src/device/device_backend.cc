#include "device_backend.h"

#include <ATen/Functions.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "device_attention.h"
#include "pass_graphs.h"

namespace rerank {
namespace {

constexpr const char* kEmulation = "emulation.so";

void* StreamOf(GraphMaker& maker, const c10::Stream& stream) {
  const c10::StreamGuard guard(stream);
  return maker.Stream();
}

}  // namespace

DeviceBackend::DeviceBackend(const ChosenDevice& chosen, const Choice& choice)
    : chosen_(chosen), composed_(ComposeRows(chosen.placement.dtype)), rotations_(chosen.placement.device) {
  if (placement().device.is_cuda()) OpenGpu(choice);
  else OpenEmulated(choice);
  Verify();
}

DeviceBackend::~DeviceBackend() = default;

// What only a GPU has comes from the emulation.
void DeviceBackend::OpenEmulated(const Choice& choice) {
  flash_ = nullptr;
  if (chosen_.architecture > 0) {
    OpenKernels(choice, nullptr);
    flash_ = reinterpret_cast<FlashAttention (*)()>(SymbolBeside(kEmulation, "rerank_flash_attention"))();
  }
  if (choice.graphs == "always") graphs_ = std::make_unique<PassGraphs>(LoadGraphMaker(kEmulation), true);
  if (!placement().quantised) return;
  multiply_quantised_ = reinterpret_cast<QuantisedProduct (*)()>(SymbolBeside(kEmulation, "rerank_quantised_product"))();
}

// Graphs are recorded on a stream that is not the default one; without them, that one serves.
void DeviceBackend::OpenGpu(const Choice& choice) {
  std::unique_ptr<GraphMaker> maker;
  try {
    if (choice.graphs == "never") throw InvalidArgument("that was asked for");
    const c10::DeviceGuard guard(placement().device);
    maker = LoadGraphMaker("graphs.so");
    stream_ = c10::impl::VirtualGuardImpl(placement().device.type()).getStreamFromGlobalPool(placement().device);
  } catch (const std::exception& error) {
    maker = nullptr;
    notes_.Add(std::string("CUDA graphs: ") + error.what());
  }
  OpenKernels(choice, maker == nullptr ? nullptr : StreamOf(*maker, *stream_));
  if (maker != nullptr) graphs_ = std::make_unique<PassGraphs>(std::move(maker), choice.graphs == "always");
}

void DeviceBackend::OpenKernels(const Choice& choice, void* stream) {
  const c10::DeviceGuard guard(placement().device);
  try {
    if (!choice.fused) throw InvalidArgument("ATen operations were asked for");
    kernels_ = std::make_unique<FusedRows>(placement(), chosen_.architecture, stream);
  } catch (const std::exception& error) {
    notes_.Add(std::string("fused kernels: ") + error.what());
  }
}

void DeviceBackend::Close() {
  graphs_ = nullptr;
  scratch_bytes = 0;
}

int64_t DeviceBackend::working_bytes() const { return scratch_bytes + (graphs_ == nullptr ? 0 : graphs_->bytes()); }

FlashAttention DeviceBackend::flash(int64_t head_dim) const {
  return FlashServes(placement().dtype, head_dim, chosen_.architecture) ? flash_ : nullptr;
}

// On the stream of passes, before the first one. A fault that the device does not get over is thrown on.
void DeviceBackend::Verify() {
  const c10::InferenceMode inference;
  const c10::DeviceGuard guard(placement().device);
  c10::OptionalStreamGuard stream;
#if LIBTORCH_SERVES_GPU
  if (stream_) stream.reset_stream(*stream_);
#endif
  if (kernels_ != nullptr) {
    for (const Trial& trial : TrialsOf(*kernels_, *composed_, placement())) {
      if (!IsRight(trial)) kernels_->SwitchOff(trial.part);
    }
  }
  if (flash_ != nullptr && flash(kTriedHead) != nullptr && !IsRight(TrialOf(flash_, placement()))) flash_ = nullptr;
  if (placement().quantised && !IsRight(TrialOf(multiply_quantised_, placement()))) chosen_.placement.quantised = false;
  if (graphs_ != nullptr && !placement().device.is_cpu() && flash(kTriedHead) == nullptr) {
    notes_.Add("CUDA graphs: attention here depends on the lengths of documents, every pass is launched kernel by kernel");
    graphs_ = nullptr;
  }
  if (graphs_ != nullptr && !IsRight(TrialOf(graphs_->maker(), placement()))) graphs_ = nullptr;
  try {
    at::zeros({1}, placement().options()).cpu();
  } catch (const std::exception& error) {
    const std::vector<std::string> notes = notes_.All();
    throw std::runtime_error((notes.empty() ? "" : notes.front() + "; then: ") + error.what());
  }
  if (!chosen_.gpu.empty()) free_bytes_ = FreeBytes();
}

bool DeviceBackend::IsRight(const Trial& trial) {
  const std::optional<std::string> fault = Fault(trial);
  if (fault) notes_.Add(trial.part + ": " + *fault);
  return !fault;
}

}  // namespace rerank
