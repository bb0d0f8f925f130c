#include "handles.h"

#include <utility>

namespace rerank {
namespace {

// Of our own externals: what another addon's point to is no handle.
constexpr napi_type_tag kHandleTag{0x8d1f6a0c52e94b37, 0x9be0473ad6c815f2};

}  // namespace

Handle::Handle(Resource resource, int64_t bytes, const Addon& addon)
    : resource(std::move(resource)), bytes(bytes), opening(addon.openings), usage(addon.usage) {
  usage->resources += 1;
  usage->bytes += bytes;
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
  auto handle = std::make_unique<Handle>(std::move(resource), bytes, AddonOf(env));
  auto external = Napi::External<Handle>::New(env, handle.get(), [](Napi::Env, Handle* held) { delete held; });
  handle.release();
  external.TypeTag(&kHandleTag);
  return external;
}

Handle& HandleOf(const Napi::Value& value) {
  const auto external = value.As<Napi::External<Handle>>();
  if (!value.IsExternal() || !external.CheckTypeTag(&kHandleTag)) throw InvalidArgument("expected a handle of this addon");
  return *external.Data();
}

}  // namespace rerank
