#include "plan.h"

#include <cmath>

#include "errors.h"

namespace rerank {

KeyValues::KeyValues(int64_t layers, int64_t tokens, int64_t width) : layers_(layers), tokens_(tokens), width_(width) {}

int64_t KeyValues::bytes() const {
  return layers_ * 2 * tokens_ * width_ * static_cast<int64_t>(sizeof(float));
}

void KeyValues::Reserve(int64_t heads, int64_t head_dim) {
  if (heads * head_dim != width_) throw InvalidArgument("keys and values of another width were to be stored");
  if (data_ != nullptr) return;
  size_ = {layers_, tokens_, heads, head_dim};
  data_ = std::make_unique<float[]>(static_cast<size_t>(layers_ * heads * (size_.key_floats() + size_.value_floats())));
}

float* KeyValues::keys(int64_t layer, int64_t head) const {
  if (data_ == nullptr || layer >= layers_) throw InvalidArgument("a kept segment was never stored");
  return data_.get() + (layer * size_.heads + head) * (size_.key_floats() + size_.value_floats());
}

float* KeyValues::values(int64_t layer, int64_t head) const { return keys(layer, head) + size_.key_floats(); }

namespace {

void Rotate(float position, const std::vector<float>& frequencies, float* cosines, float* sines) {
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const float angle = position * frequencies[i];
    cosines[i] = static_cast<float>(std::cos(static_cast<double>(angle)));
    sines[i] = static_cast<float>(std::sin(static_cast<double>(angle)));
  }
}

}  // namespace

void PrepareRotations(Plan& plan, const std::vector<int32_t>& positions, double theta) {
  const size_t half = static_cast<size_t>(plan.head_dim / 2);
  std::vector<float> frequencies(half);
  for (size_t i = 0; i < half; ++i) {
    frequencies[i] = static_cast<float>(std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(plan.head_dim)));
  }
  plan.cosines.resize(positions.size() * half);
  plan.sines.resize(positions.size() * half);
  for (size_t row = 0; row < positions.size(); ++row) {
    Rotate(static_cast<float>(positions[row]), frequencies, &plan.cosines[row * half], &plan.sines[row * half]);
  }
  plan.scored_cosines.resize(plan.scored_rows.size() * half);
  plan.scored_sines.resize(plan.scored_rows.size() * half);
  for (size_t i = 0; i < plan.scored_rows.size(); ++i) {
    const float position = static_cast<float>(positions[static_cast<size_t>(plan.scored_rows[i])]);
    Rotate(position, frequencies, &plan.scored_cosines[i * half], &plan.scored_sines[i * half]);
  }
}

}  // namespace rerank
