#include "device_program.h"

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
#include "device_pass.h"
#include "device_plan.h"
#include "pass_graphs.h"
#include "pinned_results.h"

namespace rerank {
namespace {

std::vector<float> ValuesOf(const at::Tensor& on_host) {
  const float* values = on_host.data_ptr<float>();
  return {values, values + on_host.numel()};
}

at::Tensor RunOnce(const Program& program, const Plan& plan, DeviceBackend& backend) {
  const DevicePlan on_device(plan, backend.placement());
  const RotationTable& rotations = backend.Rotations(plan.position_count(), plan.frequencies);
  DevicePass pass(program, on_device, rotations, backend);
  const at::Tensor result = pass.Run();
  KeepStored(on_device, pass.stored(), /*copied=*/false);
  return result;
}

at::Tensor Run(const std::shared_ptr<const Program>& program, const Plan& plan, DeviceBackend& backend) {
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

// The copy to the host comes behind the pass. Whoever waits for it sees what went wrong on the device.
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

}  // namespace

Launched LaunchOnDevice(const std::shared_ptr<const Program>& program, const Plan& plan, DeviceBackend& backend) {
  const auto started = std::chrono::steady_clock::now();
  const c10::InferenceMode inference;
  const c10::OptionalDeviceGuard guard(backend.placement().device);
  c10::OptionalStreamGuard stream;
#if LIBTORCH_SERVES_GPU
  if (backend.stream()) {
    WaitForUploads(*backend.stream());
    stream.reset_stream(*backend.stream());
  }
#endif
  const at::Tensor result = Run(program, plan, backend);
  const auto launched = std::chrono::steady_clock::now() - started;
  backend.launch_microseconds = std::chrono::duration_cast<std::chrono::microseconds>(launched).count();
#if LIBTORCH_SERVES_GPU
  if (result.is_cuda()) return ReadBack(result, backend.pinned());
#endif
  return {ValuesOf(result), {}};
}

}  // namespace rerank
