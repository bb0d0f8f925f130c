// What JavaScript gives to the addon, as the addon holds it; native-binding.ts has the same in TypeScript. All throw InvalidArgument.
#pragma once

#include <napi.h>

#include <string>

#include "executor.h"

namespace rerank {

/// "float32", "bfloat16" or "float16".
at::ScalarType DtypeOf(const std::string& name);

/// "f32", "bf16" or "int8".
Format FormatNamed(const std::string& name);

/// { device, dtype, fused, tensors, graphs, tiles }
Choice ChoiceOf(const Napi::Object& options);

/// { dtype, rows, columns, path, offset } or { dtype, rows, columns, bytes }
StoredMatrix StoredOf(const Napi::Object& stored);

StoredParts PartsOf(const Napi::Array& array);

/// { commands, slots, result, rows, headDim, frequencies }
Program ProgramOf(const Napi::Object& recorded);

/// { segments, ids, positions, scoredRows }, prepared for the program
Plan PlanOf(const Napi::Object& layout, const Program& program);

}  // namespace rerank
