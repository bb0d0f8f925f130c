// The angles of rotary position embedding, rounded to float32 as transformers does.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rerank {

/// Cosines and sines of a position, one for each frequency.
inline void TurnTo(int64_t position, const std::vector<float>& frequencies, float* cosines, float* sines) {
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const float angle = static_cast<float>(position) * frequencies[i];
    cosines[i] = static_cast<float>(std::cos(static_cast<double>(angle)));
    sines[i] = static_cast<float>(std::sin(static_cast<double>(angle)));
  }
}

}  // namespace rerank
