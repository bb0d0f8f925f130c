// Products of rows with packed weights in bf16 or 8 bits. One source, compiled once for each instruction set (CMakeLists.txt).
#pragma once

#include <cstdint>

namespace rerank {

/// Rows are read, and weights packed, in pieces of 64 bytes: 32 numbers of bf16 or 64 of 8 bits.
constexpr int64_t kPieceBytes = 64;
/// Columns of a panel: two tiles of 16.
constexpr int64_t kPanelColumns = 32;
/// Rows that a block of tiles computes. Memory of rows is filled up to a multiple of it; what lies there is not looked at.
constexpr int64_t kBlockRows = 32;

/// Rows with the weights of one panel. Plain numbers, as in vector_loops.h.
struct Product {
  /// [count][stride bytes], read in whole pieces; what lies beyond the last column must be finite.
  const uint8_t* rows;
  int64_t row_stride;
  int64_t count;
  /// Pieces of a row.
  int64_t pieces;
  /// A panel: for each piece two tiles of 1 KiB, each [16 groups of 4 bytes][16 columns][4 bytes].
  const uint8_t* panel;
  /// What is multiplied next, asked for meanwhile; may be null.
  const uint8_t* next_panel;
  /// 8 bits: out = (sum - zero_point_sums[c]) * column_scales[c] * row_scales[r]. bf16: null.
  const int32_t* zero_point_sums;
  const float* column_scales;
  const float* row_scales;
  /// float32, or bf16 where `out_bf16`; the stride is in numbers. Only `columns` of the panel's are written.
  void* out;
  int64_t out_stride;
  int64_t columns;
  bool out_bf16;
};

struct ProductLoops {
  /// Sums of bf16 products, in float32.
  void (*multiply_bf16)(const Product& product);
  /// Exact sums of unsigned rows times signed weights, in 32 bits; of rows up to 127 only on some processors (int8_range).
  void (*multiply_int8)(const Product& product);
  /// Writes a row as bf16, and zeros up to a whole piece.
  void (*write_bf16)(const float* row, int64_t columns, void* out);
  /// Writes a row in 8 bits, its largest magnitude as `zero_point` +- `levels`; answers its scale. Zeros up to a whole piece.
  float (*write_int8)(const float* row, int64_t columns, int32_t levels, int32_t zero_point, void* out);
  /// out[i] = silu(gate[i]) * up[i].
  void (*swiglu_bf16)(const uint16_t* gate, const uint16_t* up, int64_t count, float* out);
};

/// The loops for this processor.
const ProductLoops& Products();

}  // namespace rerank
