// What both ways of attention on the CPU share: where the packed keys and values of a pass lie, and its tasks.
#pragma once

#include <ATen/Parallel.h>

#include <atomic>
#include <vector>

#include "arena.h"
#include "../plan.h"

namespace rerank {

/// Keys and values of each segment in one layer, packed: kept, to be stored, or in scratch memory.
class PackedSegments {
 public:
  /// Makes room; the computed segments are the caller's to pack.
  PackedSegments(const Plan& plan, int64_t layer, int64_t key_heads, Arena& arena);

  /// KeyValueSize::head_bytes for each key head.
  uint8_t* of(int64_t segment) const { return places_[static_cast<size_t>(segment)]; }
  KeyValueSize size(int64_t segment) const;

 private:
  const Plan& plan_;
  const int64_t key_heads_;
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
