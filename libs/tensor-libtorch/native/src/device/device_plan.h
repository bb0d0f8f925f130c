// A plan on its device: index tensors of the whole pass in one upload, and which keys each sequence reads.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "placement.h"
#include "../plan.h"
#include "pass_size.h"

namespace rerank {

/// Rows that attend alike: query i of `queries` sees the first keys - queries + i + 1 keys (aligned at the end).
struct Sequence {
  int64_t first_query = 0;  // row of the queries
  int64_t queries = 0;
  int64_t first_key = 0;    // row of the gathered keys
  int64_t keys = 0;
};

/// The sequences of a pass whose queries are all rows, or the scored rows alone.
struct Sequences {
  std::vector<Sequence> list;
  int64_t max_queries = 0;
  int64_t max_keys = 0;
  at::Tensor cumulative_queries;  // int32 [n + 1]
  at::Tensor cumulative_keys;     // int32 [n + 1]
  /// int32 [keys]: i < kept rows is a kept key, others are row i - kept rows. Undefined: the rows themselves.
  at::Tensor key_index;
};

/// A run of rows whose keys and values are to be kept.
struct StoredRun {
  int64_t first_row = 0;
  int64_t first_stored = 0;
  int64_t rows = 0;
};

/// Keys and values as a tensor [layers, 2, tokens, width], set by the pass that stores them.
class TensorKeyValues final : public KeyValues {
 public:
  using KeyValues::KeyValues;
  at::Tensor values;
};

/// A segment that gets its keys and values after the pass.
struct StoredSegment {
  std::shared_ptr<TensorKeyValues> segment;
  int64_t first_stored = 0;
  int64_t rows = 0;
};

/// Memory of a plan that stays in its place: a pass that is replayed finds its inputs where they were.
struct PlanMemory {
  at::Tensor integers;  // int32 [count]; made by the first plan of a size
  at::Tensor kept;      // [layers, 2, kept rows, width]
  at::Tensor stored;    // [layers, 2, rows, width]
};

struct DevicePlan {
  DevicePlan(const Plan& plan, const Placement& placement);
  /// With room for `size`, in memory that stays; rows that no sequence has are computed and mean nothing.
  DevicePlan(const Plan& plan, const PassSize& size, const Placement& placement, PlanMemory& memory);

  const Sequences& sequences(bool scored_only) const { return scored_only ? scored : all; }
  const at::Tensor& positions(bool scored_only) const { return scored_only ? scored_positions : row_positions; }

  int64_t head_dim;
  at::Tensor ids;               // int32 [T]
  at::Tensor row_positions;     // int32 [T]
  at::Tensor scored_positions;  // int32 [B]
  at::Tensor scored_rows;       // int32 [B]
  Sequences all;
  Sequences scored;
  /// [layers, 2, kept rows, width]; undefined: nothing is kept.
  at::Tensor kept;
  /// Undefined: a pass that stores makes it.
  at::Tensor stored;  // [layers, 2, stored rows, width]
  std::vector<StoredRun> runs;
  std::vector<StoredSegment> stored_segments;
  int64_t stored_rows = 0;

 private:
  /// `in_place`: all indices are there, whatever could be left out.
  void UploadIndices(const Plan& plan, const PassSize& size, bool in_place, at::Tensor& integers, const Placement& placement);
};

}  // namespace rerank
