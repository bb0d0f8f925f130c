#include "handles.h"

#include <utility>

namespace rerank {

Handle::Handle(Resource resource, int64_t bytes, std::shared_ptr<Usage> usage)
    : resource(std::move(resource)), bytes(bytes), usage(std::move(usage)) {
  this->usage->resources += 1;
  this->usage->bytes += bytes;
}

Handle::~Handle() { Dispose(); }

void Handle::Dispose() {
  if (std::holds_alternative<std::monostate>(resource)) return;
  resource = std::monostate();
  usage->resources -= 1;
  usage->bytes -= bytes;
}

Addon& AddonOf(Napi::Env env) { return *env.GetInstanceData<Addon>(); }

Napi::Value Wrap(Napi::Env env, Handle::Resource resource, int64_t bytes) {
  auto handle = std::make_unique<Handle>(std::move(resource), bytes, AddonOf(env).usage);
  return Napi::External<Handle>::New(env, handle.release(), [](Napi::Env, Handle* held) { std::unique_ptr<Handle> owned(held); });
}

}  // namespace rerank
