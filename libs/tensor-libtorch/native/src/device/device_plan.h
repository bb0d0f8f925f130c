// A plan on its device: index tensors of the whole pass in one upload, and which keys each sequence reads.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "placement.h"
#include "../plan.h"
#include "pass_size.h"
#include "sequences.h"

namespace rerank {

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
  at::Tensor places;       // int32 [T]: where a row is stored; below 0: nowhere
  at::Tensor stored_from;  // int32 [stored rows]: the row that each of them is
  std::vector<StoredSegment> stored_segments;
  int64_t stored_rows = 0;

 private:
  /// `in_place`: all indices are there, whatever could be left out, and rows are stored in their own place.
  void UploadIndices(const Plan& plan, const PassSize& size, bool in_place, at::Tensor& integers, const Placement& placement);
};

}  // namespace rerank
