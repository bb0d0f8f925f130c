#include <ATen/Functions.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/Event.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "device_attention.h"
#include "device_backend.h"
#include "device_pass.h"
#include "join_commands.h"
#include "pass_graphs.h"

namespace rerank {
namespace {

std::vector<float> ValuesOf(const at::Tensor& on_host) {
  const float* values = on_host.data_ptr<float>();
  return {values, values + on_host.numel()};
}

at::Tensor RunOnce(const Program& program, const Plan& plan, DeviceBackend& backend) {
  const DevicePlan on_device(plan, backend.placement());
  const DeviceResult result = RunOnDevice(program, on_device, backend.RotationsOf(program, plan), backend);
  KeepStored(on_device, result.stored, /*copied=*/false);
  return result.values;
}

at::Tensor Launch(const std::shared_ptr<const Program>& program, const Plan& plan, DeviceBackend& backend) {
  std::optional<at::Tensor> replayed;
  if (backend.graphs() != nullptr) replayed = backend.graphs()->Run(program, plan, backend);
  // Replayed passes have rows beyond those that were asked for.
  return (replayed ? *replayed : RunOnce(*program, plan, backend)).narrow(0, 0, program->result_rows(plan));
}

#if LIBTORCH_SERVES_GPU
/// To wait for a CUDA event as libtorch makes them keeps a core busy.
constexpr std::chrono::microseconds kBetweenLooks{20};

// Weights were uploaded on the device's default stream: passes on another one come after.
void WaitForUploads(const c10::Stream& stream) {
  const c10::impl::VirtualGuardImpl device(stream.device_type());
  c10::Event uploaded(stream.device_type());
  uploaded.record(device.getDefaultStream(stream.device()));
  uploaded.block(stream);
}

// The copy to the host comes behind the pass. The one that waits for it sees what went wrong on the device.
Launched ReadBack(const at::Tensor& result, const std::shared_ptr<PinnedResults>& pinned) {
  const c10::Device device = result.device();
  const int64_t count = result.numel();
  const at::Tensor buffer = pinned->Take(count);
  buffer.narrow(0, 0, count).copy_(result.reshape({count}), /*non_blocking=*/true);
  auto done = std::make_shared<c10::Event>(device.type());
  done->record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
  return {{}, [device, count, buffer, done, pinned]() mutable {
            const c10::DeviceGuard guard(device);
            while (!done->query()) std::this_thread::sleep_for(kBetweenLooks);
            done.reset();  // While its device is current: without, CUDA would make a context on another one.
            const std::vector<float> values = ValuesOf(buffer.narrow(0, 0, count));
            pinned->PutBack(buffer);
            return values;
          }};
}
#endif

// On a GPU passes are launched, and their results are waited for elsewhere.
class TensorExecutor final : public Executor {
 public:
  TensorExecutor(const ChosenDevice& chosen, const Choice& choice, const std::string& because)
      : backend_(chosen, choice) {
    if (!because.empty()) backend_.notes().Add("a GPU: " + because);
  }

  Description Describe() const override {
    const ChosenDevice& chosen = backend_.chosen();
    return {placement().device.str(), placement().name(), Format::kF32, "", chosen.gpu, backend_.free_bytes(), Replayed()};
  }

  std::vector<std::string> Notes() const override { return backend_.notes().All(); }

  MemoryUse memory() const override {
    MemoryUse use;
    use.scratch_bytes = backend_.working_bytes();
    if (placement().device.is_cuda()) use.launch_seconds = static_cast<double>(backend_.launch_microseconds.load()) / 1e6;
    if (backend_.graphs() != nullptr) {
      use.replays = backend_.graphs()->replays();
      use.graphs = backend_.graphs()->count();
    }
    return use;
  }

  // In the dtype of the passes, or in 8 bits with scales.
  Weight MakeWeight(const StoredParts& parts, std::optional<Format>) const override {
    const c10::InferenceMode guard;
    const int64_t rows = RowsOf(parts);
    const bool quantised = placement().quantised && rows > 1 && Quantisable(rows, parts[0].columns);
    const at::Tensor values = Joined(parts, placement().options().dtype(rows == 1 || quantised ? at::kFloat : placement().dtype));
    if (!quantised) return DenseWeight(values);
    const DeviceRows held = QuantiseRows(values);
    return {rows, held.bytes(), Format::kFp8, held.values, held.scales, {}};
  }

  Table MakeTable(const StoredMatrix& part) const override {
    const c10::InferenceMode guard;
    // Kernels read 16 bytes at once. In a file that is mapped a table begins anywhere; a copy begins where they can.
    const at::Tensor stored = part.View();
    return {stored.to(placement().device, stored.scalar_type(), /*non_blocking=*/false, /*copy=*/true)};
  }

  std::shared_ptr<KeyValues> MakeKeyValues(int64_t layers, int64_t tokens, int64_t width) const override {
    return std::make_shared<TensorKeyValues>(layers, tokens, width, placement().element_bytes());
  }

  void Compile(Program& program) const override {
    Analyse(
        program, [](const Command&, Format) { return Format::kF32; },
        [](const Program&, const Command& command) { return command.opcode == Opcode::kView; });
    JoinSums(program);
    const int architecture = backend_.chosen().architecture;
    if (architecture > 0 && !FlashServes(placement().dtype, program.head_dim, architecture)) {
      backend_.notes().Add("flash attention: does not serve heads of " + std::to_string(program.head_dim) + " in " +
                           placement().name() + ", whose passes are not replayed either");
    }
    if (backend_.kernels() == nullptr) return;
    for (const std::string& line : backend_.kernels()->Mark(program)) backend_.notes().Add(line);
  }

  Launched Run(const std::shared_ptr<const Program>& program, const Plan& plan) override {
    const auto started = std::chrono::steady_clock::now();
    const c10::InferenceMode inference;
    const c10::OptionalDeviceGuard guard(placement().device);
    c10::OptionalStreamGuard stream;
#if LIBTORCH_SERVES_GPU
    if (backend_.stream()) {
      WaitForUploads(*backend_.stream());
      stream.reset_stream(*backend_.stream());
    }
#endif
    const at::Tensor result = Launch(program, plan, backend_);
    const auto launched = std::chrono::steady_clock::now() - started;
    backend_.launch_microseconds = std::chrono::duration_cast<std::chrono::microseconds>(launched).count();
#if LIBTORCH_SERVES_GPU
    if (result.is_cuda()) return ReadBack(result, backend_.pinned());
#endif
    return {ValuesOf(result), {}};
  }

  void Close() override { backend_.Close(); }

 private:
  const Placement& placement() const { return backend_.placement(); }

  ReplayedSizes Replayed() const {
    if (backend_.graphs() == nullptr) return {};
    return {ReplayedRows(placement().quantised), kMostReplayedKeptRows + kMostReplayedRows};
  }

  DeviceBackend backend_;
};

}  // namespace

std::shared_ptr<Executor> OpenOnDevice(const ChosenDevice& chosen, const Choice& choice, const std::string& because) {
  return std::make_shared<TensorExecutor>(chosen, choice, because);
}

}  // namespace rerank
