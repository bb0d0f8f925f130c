#include "plan.h"

#include "errors.h"
#include "rotation.h"

namespace rerank {

KeyValues::KeyValues(int64_t layers, int64_t tokens, int64_t width, int64_t element_bytes)
    : layers_(layers), tokens_(tokens), width_(width), element_bytes_(element_bytes) {}

int64_t KeyValues::bytes() const { return layers_ * 2 * tokens_ * width_ * element_bytes_; }

int64_t KeyValues::Accept(int64_t width) const {
  if (width != width_) throw InvalidArgument("keys and values of another width were to be stored");
  return layers_;
}

void KeyValues::Reserve(int64_t heads, int64_t head_dim) {
  Accept(heads * head_dim);
  if (data_ != nullptr) return;
  size_ = {layers_, tokens_, heads, head_dim};
  data_ = std::make_unique<float[]>(static_cast<size_t>(layers_ * heads * (size_.key_floats() + size_.value_floats())));
}

float* KeyValues::keys(int64_t layer, int64_t head) const {
  if (data_ == nullptr || layer >= layers_) throw InvalidArgument("a kept segment was never stored");
  return data_.get() + (layer * size_.heads + head) * (size_.key_floats() + size_.value_floats());
}

float* KeyValues::values(int64_t layer, int64_t head) const { return keys(layer, head) + size_.key_floats(); }

void PrepareRotations(Plan& plan) {
  const size_t half = static_cast<size_t>(plan.head_dim / 2);
  plan.cosines.resize(plan.positions.size() * half);
  plan.sines.resize(plan.positions.size() * half);
  for (size_t row = 0; row < plan.positions.size(); ++row) {
    TurnTo(plan.positions[row], plan.frequencies, &plan.cosines[row * half], &plan.sines[row * half]);
  }
  plan.scored_cosines.resize(plan.scored_rows.size() * half);
  plan.scored_sines.resize(plan.scored_rows.size() * half);
  for (size_t i = 0; i < plan.scored_rows.size(); ++i) {
    const int32_t position = plan.positions[static_cast<size_t>(plan.scored_rows[i])];
    TurnTo(position, plan.frequencies, &plan.scored_cosines[i * half], &plan.scored_sines[i * half]);
  }
}

}  // namespace rerank
