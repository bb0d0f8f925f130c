// What both ways of attention on the CPU share: where the packed keys and values of a pass lie, and its tasks.
#pragma once

#include <ATen/Parallel.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <vector>

#include "../plan.h"
#include "arena.h"
#include "attention.h"

namespace rerank {

/// Size of the packed keys and values of one segment and layer.
struct KeyValueSize {
  Packing packing = Packing::kPanels;
  int64_t tokens = 0;
  int64_t heads = 0;
  int64_t head_dim = 0;

  int64_t key_bytes() const;   // of one head
  int64_t head_bytes() const;  // its keys, then its values
  int64_t layer_bytes() const { return heads * head_bytes(); }
};

/// Packed as the attention of the CPU reads them.
class PackedKeyValues final : public KeyValues {
 public:
  using KeyValues::KeyValues;

  /// Memory is made when the head size is known, by the pass that stores. Throws InvalidArgument on another size.
  void Reserve(const KeyValueSize& size);
  /// The packed heads of a layer. Throws InvalidArgument where no pass stored them.
  uint8_t* layer(int64_t layer) const;

 private:
  KeyValueSize size_;
  std::unique_ptr<uint8_t[], void (*)(void*)> data_{nullptr, std::free};
};

/// Keys and values of each segment in one layer, packed: kept, to be stored, or in scratch memory.
class PackedSegments {
 public:
  /// Makes room; the computed segments are the caller's to pack.
  PackedSegments(const Attending& attending, Arena& arena);

  /// KeyValueSize::head_bytes for each key head.
  uint8_t* of(int64_t segment) const { return places_[static_cast<size_t>(segment)]; }
  KeyValueSize size(int64_t segment) const;

 private:
  const Attending& attending_;
  Buffer scratch_;
  std::vector<uint8_t*> places_;
};

/// Query rows of a segment.
struct RowTask {
  int64_t segment;
  int64_t first;  // within the segment
  int64_t rows;
  int64_t stored;  // the row of the queries, and of the result, that `first` is
};

/// The rows that attend, a few at a time: all computed ones, or the last one of each scored segment.
std::vector<RowTask> RowTasks(const Plan& plan, bool scored_only, int64_t most_rows);

/// Runs tasks of uneven length on all threads: each takes the next one when it is done.
template <typename Function>
void ForEachTask(int64_t count, const Function& function) {
  std::atomic<int64_t> next{0};
  at::parallel_for(0, at::get_num_threads(), 1, [&](int64_t, int64_t) {
    for (int64_t index = next++; index < count; index = next++) function(index);
  });
}

}  // namespace rerank
