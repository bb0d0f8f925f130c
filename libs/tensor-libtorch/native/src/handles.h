// What JavaScript holds: an external value that owns one resource until it is disposed of, or collected.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <variant>

#include "cpu/arena.h"
#include "compute_thread.h"
#include "device/device_backend.h"
#include "plan.h"
#include "program.h"
#include "weights.h"

namespace rerank {

/// Live resources and their bytes. Shared with the handles, which may be collected after the addon's data is gone.
struct Usage {
  std::atomic<int64_t> resources{0};
  std::atomic<int64_t> bytes{0};
};

struct Handle {
  using Resource = std::variant<std::monostate, std::shared_ptr<Weight>, std::shared_ptr<Table>, std::shared_ptr<KeyValues>,
                                std::shared_ptr<Program>>;

  Handle(Resource resource, int64_t bytes, std::shared_ptr<Usage> usage);
  ~Handle();
  void Dispose();

  Resource resource;
  int64_t bytes;
  std::shared_ptr<Usage> usage;
};

/// State of the addon in one JavaScript environment; a process may load it in several threads.
struct Addon {
  std::shared_ptr<Usage> usage = std::make_shared<Usage>();
  std::shared_ptr<Arena> arena = std::make_shared<Arena>();
  /// Set when the addon is opened.
  std::shared_ptr<DeviceBackend> device;
  std::unique_ptr<ComputeThread> thread;

  /// Throws InvalidArgument before `open`.
  DeviceBackend& opened() const {
    if (device == nullptr) throw InvalidArgument("the backend was not opened");
    return *device;
  }
};

Addon& AddonOf(Napi::Env env);

Napi::Value Wrap(Napi::Env env, Handle::Resource resource, int64_t bytes);

/// Throws InvalidArgument when the value is no handle of this addon.
Handle& HandleOf(const Napi::Value& value);

/// The resource of this type behind a value. Throws InvalidArgument when it is another one, or was disposed of.
template <typename Type>
std::shared_ptr<Type> Unwrap(const Napi::Value& value) {
  const auto* resource = std::get_if<std::shared_ptr<Type>>(&HandleOf(value).resource);
  if (resource == nullptr) throw InvalidArgument("this handle was disposed of, or is of another kind");
  return *resource;
}

}  // namespace rerank
