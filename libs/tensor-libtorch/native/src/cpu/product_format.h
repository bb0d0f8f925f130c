// In which format the CPU multiplies: what was asked for, or what a product at start shows to be fast.
#pragma once

#include <string>

#include "rows.h"

namespace rerank {

struct FormatChoice {
  Format format = Format::kF32;
  /// Of weights that need more bits than the others: bf16 where its products are no slower than those of float32.
  Format precise = Format::kF32;
  /// What was measured, for people; empty where nothing was.
  std::string measured;
};

/// `dtype` is auto, f32, bf16 or int8. auto takes bf16 where its products are at least 1.5 times as fast as those of float32.
/// Throws InvalidArgument with both rates where a format that was asked for by name does not pay.
FormatChoice ChooseFormat(const std::string& dtype);

}  // namespace rerank
