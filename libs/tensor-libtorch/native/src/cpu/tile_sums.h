// Part of tile_loops.cc, for processors with AMX only.
#pragma once

#include "tile_configuration.h"
#include "tile_numbers.h"

namespace rerank {
namespace amx {
namespace {

// What was stored is in memory before tiles are loaded from there: GCC does not know that these instructions read memory.
RERANK_INLINE void FinishStores() { __asm__ volatile("" ::: "memory"); }

/// Sums of 16 x 16 numbers, one or two below and beside each other; strides are in bytes.
template <int RowTiles, int ColumnTiles>
struct Sums {
  RERANK_INLINE void Zero() {
    _tile_zero(0);
    if (ColumnTiles > 1) _tile_zero(1);
    if (RowTiles > 1) _tile_zero(2);
    if (RowTiles > 1 && ColumnTiles > 1) _tile_zero(3);
  }

  RERANK_INLINE void Load(const uint8_t* at, int64_t stride) {
    _tile_loadd(0, at, stride);
    if (ColumnTiles > 1) _tile_loadd(1, at + 64, stride);
    if (RowTiles > 1) _tile_loadd(2, at + 16 * stride, stride);
    if (RowTiles > 1 && ColumnTiles > 1) _tile_loadd(3, at + 16 * stride + 64, stride);
  }

  RERANK_INLINE void Store(uint8_t* at, int64_t stride) {
    _tile_stored(0, at, stride);
    if (ColumnTiles > 1) _tile_stored(1, at + 64, stride);
    if (RowTiles > 1) _tile_stored(2, at + 16 * stride, stride);
    if (RowTiles > 1 && ColumnTiles > 1) _tile_stored(3, at + 16 * stride + 64, stride);
  }

  /// Adds products of 32 numbers of bf16 of each row and column; the second tile of columns is `gap` behind the first.
  RERANK_INLINE void Add(const uint8_t* rows, int64_t stride, const uint8_t* columns, int64_t gap) {
    _tile_loadd(4, rows, stride);
    _tile_loadd(6, columns, 64);
    _tile_dpbf16ps(0, 4, 6);
    if (ColumnTiles > 1) {
      _tile_loadd(7, columns + gap, 64);
      _tile_dpbf16ps(1, 4, 7);
    }
    if (RowTiles > 1) {
      _tile_loadd(5, rows + 16 * stride, stride);
      _tile_dpbf16ps(2, 5, 6);
      if (ColumnTiles > 1) _tile_dpbf16ps(3, 5, 7);
    }
  }
};

}  // namespace
}  // namespace amx
}  // namespace rerank
