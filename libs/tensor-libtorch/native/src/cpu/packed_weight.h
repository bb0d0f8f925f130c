// Weights in bf16 or 8 bits, packed for the loops that multiply by them, and the product.
#pragma once

#include <cstdint>
#include <memory>

#include "rows.h"

namespace rerank {

/// How rows are written in 8 bits. Where sums of two products saturate at 16 bits, rows have 7 bits.
struct Int8Range {
  int32_t levels;
  int32_t zero_point;
};

/// Decided once, by a product of the largest numbers that is compared with the exact one.
Int8Range int8_range();

/// A weight [rows, columns]: panels of 32 of its rows (see Product). In 8 bits each of its rows has a scale of its own; of rows
/// that are rounded here the largest magnitude is 127.
class PackedWeight {
 public:
  PackedWeight(Format format, int64_t rows, int64_t columns);

  /// Packs `count` rows from `first` on; `values` are dense float32 [count, columns]. Panels are whole but for the last rows.
  void Pack(int64_t first, int64_t count, const float* values);

  /// The same of rows that are in 8 bits already: int8 [count, columns] and the scale of each, which stay as they are.
  void PackNumbers(int64_t first, int64_t count, const int8_t* numbers, const float* scales);

  Format format() const { return format_; }
  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }
  int64_t bytes() const;

  /// out [R, rows] = x [R, columns] times this, on all threads; out is float32 or bf16. Memory of x goes on to a multiple of
  /// kBlockRows rows. Throws InvalidArgument when x has another format or size.
  void Multiply(const Rows& x, const Rows& out) const;

 private:
  using Memory = std::unique_ptr<uint8_t[], void (*)(void*)>;

  int64_t pieces() const;
  void StoreNumbers(int64_t row, const int8_t* numbers, float scale);
  uint8_t* panel(int64_t index) const { return panels_.get() + index * pieces() * 2 * 1024; }

  Format format_;
  int64_t rows_;
  int64_t columns_;
  Memory panels_;
  Memory scales_;  // [whole panels of rows] float32
  Memory sums_;    // [whole panels of rows] int32: zero point times the sum of the row
};

/// Numbers from the begin of one row to that of the next: whole pieces, and one more, so that rows do not all share the same
/// few places of the cache.
int64_t StrideFor(Format format, int64_t columns);

/// Writes one row of float32 in the format of `out`.
void WriteRow(const float* row, const Rows& out, int64_t index);

/// Writes rows of float32 in the format of `out`, on all threads.
void WriteRows(const Matrix& rows, const Rows& out);

}  // namespace rerank
