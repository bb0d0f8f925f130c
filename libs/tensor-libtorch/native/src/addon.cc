// The table of contents: what the addon exports. Arguments are checked in TypeScript (native-binding.ts, libtorch-ops.ts).
#include <ATen/Parallel.h>
#include <napi.h>

#include "arguments.h"
#include "cpu/product_rate.h"
#include "device/driver.h"
#include "device/fused_kernels.h"
#include "errors.h"
#include "handles.h"

namespace rerank {
namespace {

using Napi::CallbackInfo;
using Napi::Value;

// That of native-binding.ts, which refuses another one: raised there and here with each change of what is exported.
constexpr int kInterfaceVersion = 3;

Napi::Object ToJavaScript(Napi::Env env, const Description& description) {
  auto opened = Napi::Object::New(env);
  opened.Set("version", LIBTORCH_VERSION);
  opened.Set("device", description.device);
  opened.Set("dtype", description.dtype);
  opened.Set("precise", NameOf(description.precise));
  opened.Set("formats", description.formats);
  if (!description.gpu.empty()) opened.Set("gpu", description.gpu);
  if (!description.gpu.empty()) opened.Set("freeBytes", static_cast<double>(description.free_bytes));
  auto rows = Napi::Array::New(env);
  for (const int64_t count : description.replayed.rows) rows.Set(rows.Length(), static_cast<double>(count));
  opened.Set("replayedRows", rows);
  opened.Set("rowsOfKeyValues", static_cast<double>(description.replayed.rows_of_key_values));
  return opened;
}

// open({ threads, device, dtype, fused, tensors, graphs, tiles })
Value Open(const CallbackInfo& info) {
  return Guard(info, [&]() -> Value {
    Addon& addon = AddonOf(info.Env());
    const auto options = info[0].As<Napi::Object>();
    const int threads = options.Get("threads").ToNumber().Int32Value();
    addon.thread.reset();
    at::set_num_threads(threads);
    addon.executor = OpenExecutor(ChoiceOf(options));
    ++addon.openings;
    addon.thread = std::make_unique<ComputeThread>(info.Env(), threads);
    return ToJavaScript(info.Env(), addon.executor->Describe());
  });
}

// blas(): { name, version, kernels }, of the library that is loaded with the addon; needs no open()
Value DescribeProducts(const CallbackInfo& info) {
  const Blas blas = DescribeBlas();
  auto described = Napi::Object::New(info.Env());
  described.Set("name", blas.name);
  described.Set("version", blas.version);
  described.Set("kernels", blas.kernels);
  return described;
}

// productRates(): Promise<[GFLOP/s of a float32 product, GFLOP/s of the vector units]>
Value MeasureProducts(const CallbackInfo& info) {
  return Guard(info, [&]() -> Value {
    Addon& addon = AddonOf(info.Env());
    if (addon.thread == nullptr) throw InvalidArgument("the backend is closed");
    return addon.thread->Submit(info.Env(), [] {
      return Launched{{static_cast<float>(MeasureProduct(at::kFloat)), static_cast<float>(MeasureVectorUnits())}, {}};
    });
  });
}

// close()
Value Close(const CallbackInfo& info) {
  Addon& addon = AddonOf(info.Env());
  addon.thread.reset();
  if (addon.executor != nullptr) addon.executor->Close();
  return info.Env().Undefined();
}

// weight(parts, format?)
Value MakeWeight(const CallbackInfo& info) {
  return Guard(info, [&] {
    std::optional<Format> format;
    if (info[1].IsString()) format = FormatNamed(info[1].ToString());
    auto weight = std::make_shared<Weight>(AddonOf(info.Env()).opened().MakeWeight(PartsOf(info[0].As<Napi::Array>()), format));
    const int64_t bytes = weight->bytes;
    return Wrap(info.Env(), std::move(weight), bytes);
  });
}

// table(part)
Value MakeTable(const CallbackInfo& info) {
  return Guard(info, [&] {
    const StoredMatrix stored = StoredOf(info[0].As<Napi::Object>());
    if (stored.dtype == at::kChar) throw InvalidArgument("a table cannot be in 8 bits");
    auto table = std::make_shared<Table>(AddonOf(info.Env()).opened().MakeTable(stored));
    const int64_t bytes = table->bytes();
    return Wrap(info.Env(), std::move(table), bytes);
  });
}

// keyValues(layers, tokens, width)
Value MakeKeyValues(const CallbackInfo& info) {
  return Guard(info, [&] {
    auto key_values = AddonOf(info.Env()).opened().MakeKeyValues(info[0].ToNumber(), info[1].ToNumber(), info[2].ToNumber());
    const int64_t bytes = key_values->bytes();
    return Wrap(info.Env(), std::move(key_values), bytes);
  });
}

// program(recorded)
Value MakeProgram(const CallbackInfo& info) {
  return Guard(info, [&] {
    auto program = std::make_shared<Program>(ProgramOf(info[0].As<Napi::Object>()));
    AddonOf(info.Env()).opened().Compile(*program);
    return Wrap(info.Env(), std::move(program), 0);
  });
}

// run(program, layout): Promise<Float32Array>
Value Run(const CallbackInfo& info) {
  return Guard(info, [&]() -> Value {
    Addon& addon = AddonOf(info.Env());
    if (addon.thread == nullptr) throw Closed();
    const auto program = Unwrap<Program>(info[0]);
    const auto plan = std::make_shared<const Plan>(PlanOf(info[1].As<Napi::Object>(), *program));
    return addon.thread->Submit(info.Env(), [program, plan, executor = addon.executor] { return executor->Run(program, *plan); });
  });
}

// compileKernels(architecture, dtype): { compiler, code }
Value CompileKernels(const CallbackInfo& info) {
  return Guard(info, [&]() -> Value {
    const std::string code = CompileCuda(KernelSource(), info[0].ToString(), KernelOptions(DtypeOf(info[1].ToString())));
    auto compiled = Napi::Object::New(info.Env());
    compiled.Set("compiler", CompilerVersion());
    compiled.Set("code", Napi::Buffer<char>::Copy(info.Env(), code.data(), code.size()));
    return compiled;
  });
}

// dispose(handle)
Value Dispose(const CallbackInfo& info) {
  return Guard(info, [&] {
    HandleOf(info[0]).Dispose();
    return info.Env().Undefined();
  });
}

// notes(): lines of text
Value DescribeLacks(const CallbackInfo& info) {
  const Addon& addon = AddonOf(info.Env());
  auto lines = Napi::Array::New(info.Env());
  if (addon.executor == nullptr) return lines;
  for (const std::string& line : addon.executor->Notes()) lines.Set(lines.Length(), line);
  return lines;
}

// memory(): { resources, bytes, scratchBytes, launchSeconds?, replays?, graphs? }
Value Memory(const CallbackInfo& info) {
  const Addon& addon = AddonOf(info.Env());
  auto memory = Napi::Object::New(info.Env());
  memory.Set("resources", static_cast<double>(addon.usage->resources.load()));
  memory.Set("bytes", static_cast<double>(addon.usage->bytes.load()));
  const MemoryUse use = addon.executor == nullptr ? MemoryUse() : addon.executor->memory();
  memory.Set("scratchBytes", static_cast<double>(use.scratch_bytes));
  if (use.launch_seconds) memory.Set("launchSeconds", *use.launch_seconds);
  if (use.replays) {
    memory.Set("replays", static_cast<double>(*use.replays));
    memory.Set("graphs", static_cast<double>(use.graphs));
  }
  return memory;
}

// `process.exit` runs no hooks of an environment: a pass that is computed would use what libtorch takes down meanwhile.
void EndThreadAtExit(Napi::Env env) {
  const auto process = env.Global().Get("process").As<Napi::Object>();
  const auto end = Napi::Function::New(env, [](const CallbackInfo& info) { AddonOf(info.Env()).thread.reset(); });
  process.Get("once").As<Napi::Function>().Call(process, {Napi::String::New(env, "exit"), end});
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(std::make_unique<Addon>().release());
  EndThreadAtExit(env);
  exports.Set("interfaceVersion", Napi::Number::New(env, kInterfaceVersion));
  exports.Set("open", Napi::Function::New(env, Open));
  exports.Set("blas", Napi::Function::New(env, DescribeProducts));
  exports.Set("productRates", Napi::Function::New(env, MeasureProducts));
  exports.Set("close", Napi::Function::New(env, Close));
  exports.Set("weight", Napi::Function::New(env, MakeWeight));
  exports.Set("table", Napi::Function::New(env, MakeTable));
  exports.Set("keyValues", Napi::Function::New(env, MakeKeyValues));
  exports.Set("program", Napi::Function::New(env, MakeProgram));
  exports.Set("run", Napi::Function::New(env, Run));
  exports.Set("dispose", Napi::Function::New(env, Dispose));
  exports.Set("notes", Napi::Function::New(env, DescribeLacks));
  exports.Set("memory", Napi::Function::New(env, Memory));
  exports.Set("compileKernels", Napi::Function::New(env, CompileKernels));
  return exports;
}

}  // namespace
}  // namespace rerank

static Napi::Object Initialize(Napi::Env env, Napi::Object exports) { return rerank::Init(env, exports); }

NODE_API_MODULE(rerank_libtorch, Initialize)
