// Weights: read from a mapped checkpoint straight into their place, without a second copy.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cpu/matrix.h"
#include "cpu/packed_weight.h"
#include "placement.h"

namespace rerank {

/// A stored tensor [rows, columns]: a place in a file, or bytes in memory (valid during the call only).
struct StoredMatrix {
  std::string path;
  int64_t offset = 0;
  const void* bytes = nullptr;
  at::ScalarType dtype = at::kFloat;
  int64_t rows = 0;
  int64_t columns = 0;

  int64_t byte_length() const { return rows * columns * static_cast<int64_t>(c10::elementSize(dtype)); }
};

/// [rows, columns], dense, in the dtype of the passes, or in 8 bits with scales; or packed for the loops of the CPU, and then
/// without values. One row (a norm, the direction of the score) is float32 always.
struct Weight {
  at::Tensor values;
  at::Tensor scales;  // [rows, 1] float32; undefined: the values are not in 8 bits
  std::shared_ptr<const PackedWeight> packed;

  bool quantised() const { return scales.defined(); }
  /// In which products read their rows; kF32 stands for the dtype of the passes.
  Format format() const { return packed != nullptr ? packed->format() : quantised() ? Format::kFp8 : Format::kF32; }
  int64_t bytes() const {
    if (packed != nullptr) return packed->bytes();
    return static_cast<int64_t>(values.nbytes() + (quantised() ? scales.nbytes() : 0));
  }
};

/// An embedding table that stays in the checkpoint's dtype. On the CPU: mapped, or a copy of what came from memory.
struct Table {
  at::Tensor values;

  int64_t bytes() const { return static_cast<int64_t>(values.nbytes()); }
  /// ids [count] -> out [count, columns] float32. Throws InvalidArgument on an id without a row.
  void Gather(const std::vector<int32_t>& ids, const Matrix& out) const;
};

/// Parts one below the other; on the CPU products of more than one row read them in `format`. Throws InvalidArgument on shapes that do not fit or a file that cannot be mapped.
Weight LoadWeight(const std::vector<StoredMatrix>& parts, const Placement& placement, Format format);
Table LoadTable(const StoredMatrix& part, const Placement& placement);

}  // namespace rerank
