// Where tensors live and in which number format.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>
#include <c10/core/TensorOptions.h>

#include "cpu/rows.h"

namespace rerank {

struct Placement {
  c10::Device device{c10::kCPU};
  at::ScalarType dtype = at::kFloat;
  /// Passes run as ATen operations on tensors, as every GPU needs it. False: the loops for the CPU, on plain rows of float32.
  bool tensors = false;
  /// In which format products with weights of more than one row read them: kF32 (on tensors: `dtype`), on a GPU also kFp8, by the
  /// loops for the CPU also kBf16 and kInt8. They answer float32 or `dtype`, as is everything else.
  Format format = Format::kF32;
  /// That of weights which need more bits than the others.
  Format precise = Format::kF32;
  /// The loops for the CPU may attend in bf16.
  bool tiles = false;

  at::TensorOptions options() const { return at::TensorOptions().device(device).dtype(dtype); }
  int64_t element_bytes() const { return static_cast<int64_t>(c10::elementSize(dtype)); }
};

}  // namespace rerank
