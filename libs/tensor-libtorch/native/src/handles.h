// What JavaScript holds: an external value that owns one resource until it is disposed of, or collected.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <variant>

#include "compute_thread.h"
#include "executor.h"

namespace rerank {

/// Live resources and their bytes. Shared with the handles, which may be collected after the addon's data is gone.
struct Usage {
  std::atomic<int64_t> resources{0};
  std::atomic<int64_t> bytes{0};
};

struct Addon;

struct Handle {
  using Resource = std::variant<std::monostate, std::shared_ptr<Weight>, std::shared_ptr<Table>, std::shared_ptr<KeyValues>,
                                std::shared_ptr<Program>>;

  Handle(Resource resource, int64_t bytes, const Addon& addon);
  ~Handle();
  void Dispose();

  Resource resource;
  int64_t bytes;
  int opening;  // of the addon that it was made in
  std::shared_ptr<Usage> usage;
};

/// State of the addon in one JavaScript environment; a process may load it in several threads.
struct Addon {
  std::shared_ptr<Usage> usage = std::make_shared<Usage>();
  /// Set when the addon is opened.
  std::shared_ptr<Executor> executor;
  std::unique_ptr<ComputeThread> thread;
  int openings = 0;

  /// Throws InvalidArgument before `open`.
  Executor& opened() const {
    if (executor == nullptr) throw InvalidArgument("the backend was not opened");
    return *executor;
  }
};

Addon& AddonOf(Napi::Env env);

Napi::Value Wrap(Napi::Env env, Handle::Resource resource, int64_t bytes);

/// Throws InvalidArgument when the value is no handle of this addon.
Handle& HandleOf(const Napi::Value& value);

/// The resource of this type behind a value, of the executor that is open. Throws InvalidArgument when it is another one, or was
/// disposed of.
template <typename Type>
std::shared_ptr<Type> Unwrap(const Napi::Value& value) {
  const Handle& handle = HandleOf(value);
  if (handle.opening != AddonOf(value.Env()).openings) throw InvalidArgument("this handle was made before the backend was opened again");
  const auto* resource = std::get_if<std::shared_ptr<Type>>(&handle.resource);
  if (resource == nullptr) throw InvalidArgument("this handle was disposed of, or is of another kind");
  return *resource;
}

}  // namespace rerank
