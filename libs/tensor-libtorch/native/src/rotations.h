// The angles of rotary position embedding, made once for all passes.
#pragma once

#include <ATen/Functions.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

namespace rerank {

/// Cosines and sines by position: [positions, head_dim / 2] each, float32.
struct RotationTable {
  at::Tensor cosines;
  at::Tensor sines;
};

class Rotations {
 public:
  explicit Rotations(c10::Device device) : device_(device) {}

  /// Those of positions below `positions`, and of some beyond; made anew when a pass needs more. `frequencies` are [head_dim / 2].
  const RotationTable& For(int64_t positions, const std::vector<float>& frequencies) {
    RotationTable& table = tables_[frequencies];
    if (table.cosines.defined() && table.cosines.size(0) >= positions) return table;
    int64_t count = 4096;
    while (count < positions) count *= 2;
    const auto half = static_cast<int64_t>(frequencies.size());
    const at::Tensor cosines = at::empty({count, half}, at::kFloat), sines = at::empty({count, half}, at::kFloat);
    for (int64_t index = 0; index < count * half; ++index) {
      // Rounded to float32, as transformers does.
      const float angle = static_cast<float>(index / half) * frequencies[static_cast<size_t>(index % half)];
      cosines.data_ptr<float>()[index] = static_cast<float>(std::cos(static_cast<double>(angle)));
      sines.data_ptr<float>()[index] = static_cast<float>(std::sin(static_cast<double>(angle)));
    }
    return table = {cosines.to(device_), sines.to(device_)};
  }

 private:
  c10::Device device_;
  std::map<std::vector<float>, RotationTable> tables_;  // a model has one
};

}  // namespace rerank
