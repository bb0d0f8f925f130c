// The table of contents: what the addon exports. Arguments are checked in TypeScript (native-binding.ts, libtorch-ops.ts).
#include <ATen/Parallel.h>
#include <napi.h>

#include "cpu/cpu_pass.h"
#include "device/device_program.h"
#include "device/driver.h"
#include "device/fused_kernels.h"
#include "device/pass_graphs.h"
#include "errors.h"
#include "handles.h"
#include "cpu/product_rate.h"
#include "program.h"

namespace rerank {
namespace {

using Napi::CallbackInfo;
using Napi::Value;

// That of native-binding.ts, which refuses another one: raised there and here with each change of what is exported.
constexpr int kInterfaceVersion = 1;

template <typename Array>
Array TypedArrayOf(const Value& value, napi_typedarray_type type, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) {
    throw InvalidArgument(std::string("expected a ") + name);
  }
  return value.As<Array>();
}

std::vector<int32_t> Integers(const Value& value) {
  const auto array = TypedArrayOf<Napi::Int32Array>(value, napi_int32_array, "Int32Array");
  return {array.Data(), array.Data() + array.ElementLength()};
}

at::ScalarType DtypeOf(const std::string& name) {
  if (name == "float32") return at::kFloat;
  if (name == "bfloat16") return at::kBFloat16;
  if (name == "float16") return at::kHalf;
  throw InvalidArgument("unknown dtype " + name);
}

StoredMatrix StoredOf(const Napi::Object& stored) {
  StoredMatrix matrix;
  matrix.dtype = DtypeOf(stored.Get("dtype").ToString());
  matrix.rows = stored.Get("rows").ToNumber().Int64Value();
  matrix.columns = stored.Get("columns").ToNumber().Int64Value();
  if (stored.Has("path")) {
    matrix.path = stored.Get("path").ToString();
    matrix.offset = stored.Get("offset").ToNumber().Int64Value();
  } else {
    const auto bytes = TypedArrayOf<Napi::Uint8Array>(stored.Get("bytes"), napi_uint8_array, "Uint8Array");
    if (static_cast<int64_t>(bytes.ByteLength()) != matrix.byte_length()) {
      throw InvalidArgument("a stored tensor has " + std::to_string(bytes.ByteLength()) + " bytes; its rows and columns are " +
                            std::to_string(matrix.byte_length()));
    }
    matrix.bytes = bytes.Data();
  }
  return matrix;
}

const char* NameOf(const Placement& placement) {
  if (placement.format != Format::kF32) return NameOf(placement.format);
  return placement.dtype == at::kFloat ? "f32" : placement.dtype == at::kBFloat16 ? "bf16" : "fp16";
}

Napi::Object Describe(Napi::Env env, const DeviceBackend& device) {
  const Placement& placement = device.placement();
  auto opened = Napi::Object::New(env);
  opened.Set("version", LIBTORCH_VERSION);
  opened.Set("device", placement.device.str());
  opened.Set("dtype", NameOf(placement));
  opened.Set("cpuBecause", device.cpu_because());
  opened.Set("composedBecause", device.composed_because());
  opened.Set("precise", NameOf(placement.precise));
  opened.Set("formats", device.formats());
  if (!device.gpu().empty()) opened.Set("gpu", device.gpu());
  if (!device.gpu().empty()) opened.Set("gpuBytes", static_cast<double>(device.memory_bytes()));
  return opened;
}

// open({ threads, device, dtype, fused, tensors, graphs, tiles })
Value Open(const CallbackInfo& info) {
  return Guard(info, [&]() -> Value {
    Addon& addon = AddonOf(info.Env());
    const auto options = info[0].As<Napi::Object>();
    const int threads = options.Get("threads").ToNumber().Int32Value();
    DeviceChoice choice{options.Get("device").ToString(), options.Get("dtype").ToString(), options.Get("fused").ToBoolean(),
                        options.Get("tensors").ToBoolean(), options.Get("graphs").ToString(),
                        options.Get("tiles").ToBoolean()};
    addon.thread.reset();
    at::set_num_threads(threads);
    addon.device = std::make_shared<DeviceBackend>(choice);
    addon.thread = std::make_unique<ComputeThread>(info.Env(), threads);
    return Describe(info.Env(), *addon.device);
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
  addon.arena->Clear();
  if (addon.device != nullptr) addon.device->Close();
  return info.Env().Undefined();
}

Format FormatNamed(const std::string& name) {
  for (const Format format : {Format::kF32, Format::kBf16, Format::kInt8}) {
    if (name == NameOf(format)) return format;
  }
  throw InvalidArgument("unknown format " + name);
}

// weight(parts, format?)
Value MakeWeight(const CallbackInfo& info) {
  return Guard(info, [&] {
    std::vector<StoredMatrix> parts;
    const auto array = info[0].As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); ++i) parts.push_back(StoredOf(array.Get(i).As<Napi::Object>()));
    const Placement& placement = AddonOf(info.Env()).opened().placement();
    const Format format = info[1].IsString() ? FormatNamed(info[1].ToString()) : placement.format;
    auto weight = std::make_shared<Weight>(LoadWeight(parts, placement, format));
    const int64_t bytes = weight->bytes();
    return Wrap(info.Env(), std::move(weight), bytes);
  });
}

// table(part)
Value MakeTable(const CallbackInfo& info) {
  return Guard(info, [&] {
    const Placement& placement = AddonOf(info.Env()).opened().placement();
    auto table = std::make_shared<Table>(LoadTable(StoredOf(info[0].As<Napi::Object>()), placement));
    const int64_t bytes = table->bytes();
    return Wrap(info.Env(), std::move(table), bytes);
  });
}

// keyValues(layers, tokens, width)
Value MakeKeyValues(const CallbackInfo& info) {
  return Guard(info, [&] {
    const int64_t element_bytes = AddonOf(info.Env()).opened().placement().element_bytes();
    auto key_values = std::make_shared<KeyValues>(info[0].ToNumber(), info[1].ToNumber(), info[2].ToNumber(), element_bytes);
    const int64_t bytes = key_values->bytes();
    return Wrap(info.Env(), std::move(key_values), bytes);
  });
}

Segment SegmentOf(const Napi::Object& laid, int64_t& scored_rows) {
  Segment segment;
  segment.start = laid.Get("start").ToNumber();
  segment.length = laid.Get("length").ToNumber();
  const auto ancestors = laid.Get("ancestors").As<Napi::Array>();
  for (uint32_t i = 0; i < ancestors.Length(); ++i) segment.ancestors.push_back(ancestors.Get(i).ToNumber());
  if (laid.Get("scored").ToBoolean()) segment.scored_row = scored_rows++;
  if (laid.Has("kept")) segment.kept = Unwrap<KeyValues>(laid.Get("kept"));
  if (laid.Has("store")) segment.store = Unwrap<KeyValues>(laid.Get("store"));
  return segment;
}

// { segments, ids, positions, scoredRows }
Plan PlanOf(const Napi::Object& layout, const Program& program, const Placement& placement) {
  Plan plan;
  plan.ids = Integers(layout.Get("ids"));
  for (const int32_t row : Integers(layout.Get("scoredRows"))) plan.scored_rows.push_back(row);
  plan.positions = Integers(layout.Get("positions"));
  plan.head_dim = program.head_dim;
  plan.frequencies = program.frequencies;
  plan.packing = PackingFor(placement.tiles, plan.head_dim);
  const auto segments = layout.Get("segments").As<Napi::Array>();
  int64_t scored_rows = 0;
  for (uint32_t i = 0; i < segments.Length(); ++i) {
    plan.segments.push_back(SegmentOf(segments.Get(i).As<Napi::Object>(), scored_rows));
    Segment& segment = plan.segments.back();
    for (const int64_t ancestor : segment.ancestors) {
      if (ancestor < 0 || ancestor >= i) throw InvalidArgument("an ancestor comes before its segment, got " + std::to_string(ancestor));
      segment.prefix_keys += plan.segments[static_cast<size_t>(ancestor)].length;
    }
  }
  CheckPlan(plan);
  if (!placement.tensors) PrepareRotations(plan);
  return plan;
}

bool AreScored(const Napi::Object& of) { return of.Get("rows").ToString().Utf8Value() == "scored"; }

// { operation, slots, weight?, eps?, rows?, layer?, first?, columns? }
Command CommandOf(const Napi::Object& recorded) {
  const auto number = [&](const char* name) { return recorded.Has(name) ? recorded.Get(name).ToNumber().DoubleValue() : 0; };
  Command command;
  command.opcode = OpcodeNamed(recorded.Get("operation").ToString());
  const auto slots = recorded.Get("slots").As<Napi::Array>();
  for (uint32_t i = 0; i < slots.Length(); ++i) command.slots.push_back(slots.Get(i).ToNumber().Uint32Value());
  if (recorded.Has("weight")) {
    const Value weight = recorded.Get("weight");
    if (command.opcode == Opcode::kEmbed) command.table = Unwrap<Table>(weight);
    else command.weight = Unwrap<Weight>(weight);
  }
  command.eps = static_cast<float>(number("eps"));
  command.scored_only = AreScored(recorded);
  command.layer = static_cast<int64_t>(number("layer"));
  command.first = static_cast<int64_t>(number("first"));
  command.columns = static_cast<int64_t>(number("columns"));
  return command;
}

// program({ commands, slots, result, rows, headDim, frequencies })
Value MakeProgram(const CallbackInfo& info) {
  return Guard(info, [&] {
    const auto recorded = info[0].As<Napi::Object>();
    auto program = std::make_shared<Program>();
    const auto commands = recorded.Get("commands").As<Napi::Array>();
    for (uint32_t i = 0; i < commands.Length(); ++i) program->commands.push_back(CommandOf(commands.Get(i).As<Napi::Object>()));
    program->slots = recorded.Get("slots").ToNumber().Uint32Value();
    program->result = recorded.Get("result").ToNumber().Uint32Value();
    program->scored_result = AreScored(recorded);
    program->head_dim = recorded.Get("headDim").ToNumber();
    const auto frequencies = TypedArrayOf<Napi::Float32Array>(recorded.Get("frequencies"), napi_float32_array, "Float32Array");
    program->frequencies.assign(frequencies.Data(), frequencies.Data() + frequencies.ElementLength());
    Compile(*program, AddonOf(info.Env()).opened().placement().tensors);
    return Wrap(info.Env(), std::move(program), 0);
  });
}

// run(program, layout): Promise<Float32Array>
Value Run(const CallbackInfo& info) {
  return Guard(info, [&]() -> Value {
    Addon& addon = AddonOf(info.Env());
    if (addon.thread == nullptr) throw Closed();
    const auto program = Unwrap<Program>(info[0]);
    const auto plan = std::make_shared<const Plan>(PlanOf(info[1].As<Napi::Object>(), *program, addon.opened().placement()));
    return addon.thread->Submit(info.Env(), [program, plan, arena = addon.arena, device = addon.device] {
      if (device->placement().tensors) return LaunchOnDevice(program, *plan, *device);
      return Launched{RunOnCpu(*program, *plan, *arena), {}};
    });
  });
}

// compileKernels(architecture, dtype): bytes of machine code
Value CompileKernels(const CallbackInfo& info) {
  return Guard(info, [&]() -> Value {
    const std::string code = CompileCuda(KernelSource(), info[0].ToString(), KernelOptions(DtypeOf(info[1].ToString())));
    return Napi::Number::New(info.Env(), static_cast<double>(code.size()));
  });
}

// dispose(handle)
Value Dispose(const CallbackInfo& info) {
  return Guard(info, [&] {
    HandleOf(info[0]).Dispose();
    return info.Env().Undefined();
  });
}

// memory(): { resources, bytes, scratchBytes, launchSeconds?, replays?, launchedBecause }
Value Memory(const CallbackInfo& info) {
  const Addon& addon = AddonOf(info.Env());
  auto memory = Napi::Object::New(info.Env());
  memory.Set("resources", static_cast<double>(addon.usage->resources.load()));
  memory.Set("bytes", static_cast<double>(addon.usage->bytes.load()));
  const DeviceBackend* device = addon.device.get();
  memory.Set("scratchBytes", static_cast<double>(addon.arena->bytes() + (device == nullptr ? 0 : device->working_bytes())));
  if (device != nullptr && device->placement().device.is_cuda()) {
    memory.Set("launchSeconds", static_cast<double>(device->launch_microseconds.load()) / 1e6);
  }
  if (device != nullptr && device->graphs() != nullptr) memory.Set("replays", static_cast<double>(device->graphs()->replays()));
  memory.Set("launchedBecause", device == nullptr ? "" : device->launched_because());
  return memory;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(std::make_unique<Addon>().release());
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
  exports.Set("memory", Napi::Function::New(env, Memory));
  exports.Set("compileKernels", Napi::Function::New(env, CompileKernels));
  return exports;
}

}  // namespace
}  // namespace rerank

static Napi::Object Initialize(Napi::Env env, Napi::Object exports) { return rerank::Init(env, exports); }

NODE_API_MODULE(rerank_libtorch, Initialize)
