// Where tensors live and in which number format.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>
#include <c10/core/TensorOptions.h>

namespace rerank {

struct Placement {
  c10::Device device{c10::kCPU};
  at::ScalarType dtype = at::kFloat;
  /// Products with weights of more than one row read 8 bits (e4m3); they answer `dtype`, as is everything else.
  bool quantised = false;

  at::TensorOptions options() const { return at::TensorOptions().device(device).dtype(dtype); }
  int64_t element_bytes() const { return static_cast<int64_t>(c10::elementSize(dtype)); }
  /// "f32", "bf16", "fp16" or "fp8".
  const char* name() const {
    return quantised ? "fp8" : dtype == at::kFloat ? "f32" : dtype == at::kBFloat16 ? "bf16" : "fp16";
  }
};

}  // namespace rerank
