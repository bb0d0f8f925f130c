#include "device_backend.h"

#include <c10/core/DeviceGuard.h>
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
  if (placement().device.is_cuda()) {
    OpenGpu(choice);
    return;
  }
  if (chosen_.architecture > 0) OpenKernels(choice, nullptr);
  if (choice.graphs == "always") graphs_ = std::make_unique<PassGraphs>(LoadGraphMaker(kEmulation), true);
  if (!placement().quantised) return;
  multiply_quantised_ = reinterpret_cast<QuantisedProduct (*)()>(SymbolBeside(kEmulation, "rerank_quantised_product"))();
}

DeviceBackend::~DeviceBackend() = default;

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
    launched_because_ = error.what();
  }
  OpenKernels(choice, maker == nullptr ? nullptr : StreamOf(*maker, *stream_));
  if (maker != nullptr) graphs_ = std::make_unique<PassGraphs>(std::move(maker), choice.graphs == "always");
}

void DeviceBackend::OpenKernels(const Choice& choice, void* stream) {
  const c10::DeviceGuard guard(placement().device);
  try {
    if (!choice.fused) throw InvalidArgument("ATen operations were asked for");
    kernels_ = FuseRows(placement(), chosen_.architecture, stream);
  } catch (const std::exception& error) {
    composed_because_ = error.what();
  }
}

void DeviceBackend::Close() {
  graphs_ = nullptr;
  scratch_bytes = 0;
}

std::string DeviceBackend::launched_because() const { return graphs_ == nullptr ? launched_because_ : graphs_->because(); }

int64_t DeviceBackend::working_bytes() const { return scratch_bytes + (graphs_ == nullptr ? 0 : graphs_->bytes()); }

bool DeviceBackend::flash(int64_t head_dim) const {
  return placement().device.is_cuda() && FlashServes(placement().dtype, head_dim, chosen_.architecture);
}

}  // namespace rerank
