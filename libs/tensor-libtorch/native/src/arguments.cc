#include "arguments.h"

#include "handles.h"

namespace rerank {
namespace {

using Napi::Value;

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

}  // namespace

at::ScalarType DtypeOf(const std::string& name) {
  if (name == "float32") return at::kFloat;
  if (name == "bfloat16") return at::kBFloat16;
  if (name == "float16") return at::kHalf;
  throw InvalidArgument("unknown dtype " + name);
}

Format FormatNamed(const std::string& name) {
  for (const Format format : {Format::kF32, Format::kBf16, Format::kInt8}) {
    if (name == NameOf(format)) return format;
  }
  throw InvalidArgument("unknown format " + name);
}

StoredMatrix StoredOf(const Napi::Object& stored) {
  StoredMatrix matrix;
  matrix.rows = stored.Get("rows").ToNumber().Int64Value();
  matrix.columns = stored.Get("columns").ToNumber().Int64Value();
  if (stored.Has("scales")) {
    const auto scales = TypedArrayOf<Napi::Float32Array>(stored.Get("scales"), napi_float32_array, "Float32Array");
    if (static_cast<int64_t>(scales.ElementLength()) != matrix.rows) {
      throw InvalidArgument("a weight in 8 bits has " + std::to_string(matrix.rows) + " rows and " +
                            std::to_string(scales.ElementLength()) + " scales");
    }
    matrix.scales.assign(scales.Data(), scales.Data() + scales.ElementLength());
    matrix.dtype = at::kChar;
  } else {
    matrix.dtype = DtypeOf(stored.Get("dtype").ToString());
  }
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

StoredParts PartsOf(const Napi::Array& array) {
  StoredParts parts;
  for (uint32_t i = 0; i < array.Length(); ++i) parts.push_back(StoredOf(array.Get(i).As<Napi::Object>()));
  return parts;
}

Plan PlanOf(const Napi::Object& layout, const Program& program) {
  Plan plan;
  plan.ids = Integers(layout.Get("ids"));
  for (const int32_t row : Integers(layout.Get("scoredRows"))) plan.scored_rows.push_back(row);
  plan.positions = Integers(layout.Get("positions"));
  plan.head_dim = program.head_dim;
  const auto segments = layout.Get("segments").As<Napi::Array>();
  int64_t scored_rows = 0;
  for (uint32_t i = 0; i < segments.Length(); ++i) plan.segments.push_back(SegmentOf(segments.Get(i).As<Napi::Object>(), scored_rows));
  PreparePlan(plan);
  return plan;
}

Program ProgramOf(const Napi::Object& recorded) {
  Program program;
  const auto commands = recorded.Get("commands").As<Napi::Array>();
  for (uint32_t i = 0; i < commands.Length(); ++i) program.commands.push_back(CommandOf(commands.Get(i).As<Napi::Object>()));
  program.slots = recorded.Get("slots").ToNumber().Uint32Value();
  program.result = recorded.Get("result").ToNumber().Uint32Value();
  program.scored_result = AreScored(recorded);
  program.head_dim = recorded.Get("headDim").ToNumber();
  const auto frequencies = TypedArrayOf<Napi::Float32Array>(recorded.Get("frequencies"), napi_float32_array, "Float32Array");
  program.frequencies.assign(frequencies.Data(), frequencies.Data() + frequencies.ElementLength());
  return program;
}

Choice ChoiceOf(const Napi::Object& options) {
  return {options.Get("device").ToString(), options.Get("dtype").ToString(), options.Get("fused").ToBoolean(),
          options.Get("tensors").ToBoolean(), options.Get("graphs").ToString(), options.Get("tiles").ToBoolean()};
}

}  // namespace rerank
