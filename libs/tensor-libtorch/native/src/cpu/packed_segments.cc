#include "packed_segments.h"

#include <new>

#include "tile_loops.h"
#include "vector_loops.h"

namespace rerank {
namespace {

constexpr int64_t kCacheLine = 64;

}  // namespace

int64_t KeyValueSize::key_bytes() const {
  if (packing == Packing::kTiles) return PackedKeyBytes(tokens, head_dim);
  return Panels(tokens) * kPanel * head_dim * static_cast<int64_t>(sizeof(float));
}

int64_t KeyValueSize::head_bytes() const {
  if (packing == Packing::kTiles) return PackedHeadBytes(tokens, head_dim);
  return key_bytes() + Panels(head_dim) * kPanel * tokens * static_cast<int64_t>(sizeof(float));
}

void PackedKeyValues::Reserve(const KeyValueSize& size) {
  Accept(size.heads * size.head_dim);
  if (data_ != nullptr) return;
  size_ = size;
  const size_t bytes = static_cast<size_t>(RoundUp(layers() * size.layer_bytes(), kCacheLine));
  data_.reset(static_cast<uint8_t*>(std::aligned_alloc(kCacheLine, bytes)));
  if (data_ == nullptr) throw std::bad_alloc();
}

uint8_t* PackedKeyValues::layer(int64_t layer) const {
  if (data_ == nullptr || layer >= layers()) throw InvalidArgument("a kept segment was never stored");
  return data_.get() + layer * size_.layer_bytes();
}

PackedSegments::PackedSegments(const Attending& attending, Arena& arena) : attending_(attending) {
  const Plan& plan = attending.plan;
  const int64_t count = static_cast<int64_t>(plan.segments.size());
  int64_t scratch_bytes = 0;
  for (int64_t index = 0; index < count; ++index) {
    const Segment& segment = plan.segments[static_cast<size_t>(index)];
    auto* store = static_cast<PackedKeyValues*>(segment.store.get());
    if (store != nullptr) store->Reserve(size(index));
    const auto* held = segment.kept != nullptr ? static_cast<const PackedKeyValues*>(segment.kept.get()) : store;
    places_.push_back(held == nullptr ? nullptr : held->layer(attending.layer));
    if (held == nullptr) scratch_bytes += size(index).layer_bytes();
  }
  scratch_ = arena.Take(scratch_bytes);
  auto* free = scratch_.as<uint8_t>();
  for (int64_t index = 0; index < count; ++index) {
    uint8_t*& place = places_[static_cast<size_t>(index)];
    if (place != nullptr) continue;
    place = free;
    free += size(index).layer_bytes();
  }
}

KeyValueSize PackedSegments::size(int64_t segment) const {
  const Plan& plan = attending_.plan;
  return {attending_.packing, plan.segments[static_cast<size_t>(segment)].length, attending_.key_heads(), plan.head_dim};
}

std::vector<RowTask> RowTasks(const Plan& plan, bool scored_only, int64_t most_rows) {
  std::vector<RowTask> tasks;
  for (size_t index = 0; index < plan.segments.size(); ++index) {
    const Segment& segment = plan.segments[index];
    if (segment.kept != nullptr || (scored_only && segment.scored_row < 0)) continue;
    for (int64_t first = scored_only ? segment.length - 1 : 0; first < segment.length; first += most_rows) {
      const int64_t rows = std::min(most_rows, segment.length - first);
      tasks.push_back({static_cast<int64_t>(index), first, rows, scored_only ? segment.scored_row : segment.start + first});
    }
  }
  return tasks;
}

}  // namespace rerank
