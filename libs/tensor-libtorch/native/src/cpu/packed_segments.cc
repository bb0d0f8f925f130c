#include "packed_segments.h"

namespace rerank {

PackedSegments::PackedSegments(const Plan& plan, int64_t layer, int64_t key_heads, Arena& arena)
    : plan_(plan), key_heads_(key_heads) {
  const int64_t count = static_cast<int64_t>(plan.segments.size());
  int64_t scratch_bytes = 0;
  for (int64_t index = 0; index < count; ++index) {
    const Segment& segment = plan.segments[static_cast<size_t>(index)];
    if (segment.store != nullptr) segment.store->Reserve(size(index));
    const KeyValues* held = segment.kept != nullptr ? segment.kept.get() : segment.store.get();
    places_.push_back(held == nullptr ? nullptr : held->layer(layer));
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
  return {plan_.packing, plan_.segments[static_cast<size_t>(segment)].length, key_heads_, plan_.head_dim};
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
