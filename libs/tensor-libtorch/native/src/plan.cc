#include "plan.h"

#include "errors.h"
#include "rotation.h"
#include "cpu/tile_loops.h"

namespace rerank {
namespace {

constexpr int64_t kCacheLine = 64;

}  // namespace

KeyValues::KeyValues(int64_t layers, int64_t tokens, int64_t width, int64_t element_bytes)
    : layers_(layers), tokens_(tokens), width_(width), element_bytes_(element_bytes) {}

int64_t KeyValues::bytes() const { return layers_ * 2 * tokens_ * width_ * element_bytes_; }

int64_t KeyValues::Accept(int64_t width) const {
  if (width != width_) throw InvalidArgument("keys and values of another width were to be stored");
  return layers_;
}

int64_t KeyValueSize::key_bytes() const {
  if (packing == Packing::kTiles) return PackedKeyBytes(tokens, head_dim);
  return Panels(tokens) * kPanel * head_dim * static_cast<int64_t>(sizeof(float));
}

int64_t KeyValueSize::head_bytes() const {
  if (packing == Packing::kTiles) return PackedHeadBytes(tokens, head_dim);
  return key_bytes() + Panels(head_dim) * kPanel * tokens * static_cast<int64_t>(sizeof(float));
}

void KeyValues::Reserve(const KeyValueSize& size) {
  Accept(size.heads * size.head_dim);
  if (data_ != nullptr) return;
  size_ = size;
  const size_t bytes = static_cast<size_t>(RoundUp(layers_ * size.layer_bytes(), kCacheLine));
  data_.reset(static_cast<uint8_t*>(std::aligned_alloc(kCacheLine, bytes)));
  if (data_ == nullptr) throw std::bad_alloc();
}

uint8_t* KeyValues::layer(int64_t layer) const {
  if (data_ == nullptr || layer >= layers_) throw InvalidArgument("a kept segment was never stored");
  return data_.get() + layer * size_.layer_bytes();
}

Packing PackingFor(bool bf16_allowed, int64_t head_dim) {
  return bf16_allowed && Tiles() != nullptr && TilesServe(head_dim) ? Packing::kTiles : Packing::kPanels;
}

void CheckPlan(const Plan& plan) {
  const auto check = [](bool holds, const char* expected) {
    if (!holds) throw InvalidArgument(std::string("a plan is wrong: ") + expected);
  };
  const auto within = [&](int64_t first, int64_t count) { return first >= 0 && count >= 0 && first + count <= plan.rows(); };
  check(plan.positions.size() == plan.ids.size(), "each row has an id and a position");
  int64_t scored = 0;
  for (const Segment& segment : plan.segments) {
    if (segment.scored_row >= 0) ++scored;
    if (segment.kept != nullptr) check(segment.length == segment.kept->tokens(), "a kept segment has as many rows as its keys");
    else check(within(segment.start, segment.length), "a segment lies within the rows");
    if (segment.store != nullptr) check(segment.length == segment.store->tokens(), "a stored segment has as many rows as its keys");
  }
  check(scored == static_cast<int64_t>(plan.scored_rows.size()), "each scored segment has a scored row");
  for (const int64_t row : plan.scored_rows) check(within(row, 1), "a scored row is one of the rows");
  for (const int32_t position : plan.positions) check(position >= 0, "a position is not negative");
}

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
