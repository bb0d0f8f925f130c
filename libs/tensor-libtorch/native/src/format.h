#pragma once

#include <cstdint>

namespace rerank {

/// In which a product reads its rows and holds its weights; kFp8 on a GPU only.
enum class Format { kF32, kBf16, kInt8, kFp8 };

constexpr int64_t BytesOf(Format format) { return format == Format::kF32 ? 4 : format == Format::kBf16 ? 2 : 1; }

/// "f32", "bf16", "int8" or "fp8".
constexpr const char* NameOf(Format format) {
  return format == Format::kF32 ? "f32" : format == Format::kBf16 ? "bf16" : format == Format::kInt8 ? "int8" : "fp8";
}

}  // namespace rerank
