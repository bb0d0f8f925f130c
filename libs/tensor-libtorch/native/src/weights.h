// Weights: read from a mapped checkpoint straight into their place, without a second copy.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "format.h"

namespace rerank {

class PackedWeight;

/// A stored tensor [rows, columns]: a place in a file, or bytes in memory (valid during the call only).
struct StoredMatrix {
  std::string path;
  int64_t offset = 0;
  const void* bytes = nullptr;
  at::ScalarType dtype = at::kFloat;
  int64_t rows = 0;
  int64_t columns = 0;
  // One for each row of numbers in 8 bits (kChar), which are multiplied as they are; empty: the elements are floats.
  std::vector<float> scales;

  int64_t byte_length() const { return rows * columns * static_cast<int64_t>(c10::elementSize(dtype)); }
  /// The elements where they are; a mapping lives as long as the tensor. Throws InvalidArgument on a file that cannot be mapped.
  at::Tensor View() const;
  /// The same for longer than the call: a copy of what came from memory.
  at::Tensor Lasting() const { return path.empty() ? View().clone() : View(); }
};

/// Parts of one matrix, one below the other.
using StoredParts = std::vector<StoredMatrix>;

/// Throws InvalidArgument when the parts have different columns.
int64_t RowsOf(const StoredParts& parts);

/// A copy of the parts as one matrix. Throws InvalidArgument on numbers in 8 bits.
at::Tensor Joined(const StoredParts& parts, const at::TensorOptions& options);

/// [rows, columns] as its executor multiplies by it: dense in the dtype of the passes, in 8 bits with scales, or packed for the
/// loops of the CPU, and then without values. One row (a norm, the direction of the score) is dense and float32 always.
struct Weight {
  int64_t rows;
  int64_t bytes;
  /// In which products read their rows; kF32 stands for the dtype of the passes.
  Format format = Format::kF32;
  at::Tensor values;
  at::Tensor scales;  // [rows, 1] float32
  std::shared_ptr<const PackedWeight> packed;
};

inline Weight DenseWeight(const at::Tensor& values) {
  return {values.size(0), static_cast<int64_t>(values.nbytes()), Format::kF32, values, {}, {}};
}

/// An embedding table that stays in the checkpoint's dtype.
struct Table {
  at::Tensor values;

  int64_t bytes() const { return static_cast<int64_t>(values.nbytes()); }
};

}  // namespace rerank
