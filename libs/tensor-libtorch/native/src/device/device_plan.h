// A plan on its device: index tensors of the whole pass in one upload, and which keys each sequence reads.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "../placement.h"
#include "../plan.h"

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
  int64_t total_keys = 0;
  int64_t max_queries = 0;
  int64_t max_keys = 0;
  at::Tensor cumulative_queries;  // int32 [n + 1]
  at::Tensor cumulative_keys;     // int32 [n + 1]
  /// int32 [total_keys]: i < kept rows is a kept key, others are row i - kept rows. Undefined: the rows themselves.
  at::Tensor key_index;
};

/// A run of rows whose keys and values are to be kept.
struct StoredRun {
  int64_t first_row = 0;
  int64_t first_stored = 0;
  int64_t rows = 0;
};

struct DevicePlan {
  DevicePlan(const Plan& plan, const Placement& placement);

  const Sequences& sequences(bool scored_only) const { return scored_only ? scored : all; }
  const at::Tensor& positions(bool scored_only) const { return scored_only ? scored_positions : row_positions; }

  at::Tensor ids;               // int32 [T]
  at::Tensor row_positions;     // int32 [T]
  at::Tensor scored_positions;  // int32 [B]
  at::Tensor scored_rows;       // int32 [B]
  Sequences all;
  Sequences scored;
  /// [layers, 2, kept rows, width]; undefined: nothing is kept.
  at::Tensor kept;
  std::vector<StoredRun> runs;
  int64_t stored_rows = 0;
};

}  // namespace rerank
