// Which rows attend together.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

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

  /// How many keys all sequences have: int32 [1].
  at::Tensor all_keys() const { return cumulative_keys.narrow(0, cumulative_keys.size(0) - 1, 1); }
};

}  // namespace rerank
