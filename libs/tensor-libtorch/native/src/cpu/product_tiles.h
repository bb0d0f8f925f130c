// Products by AMX tiles, 32 rows with the whole panel at a time. Included by product_loops.cc behind its sums.
#pragma once

#if defined(__AMX_TILE__)

#include "product_sums.h"
#include "tile_configuration.h"

namespace rerank {
namespace RERANK_ISA {
namespace {

struct Int8Tiles : Int8Sums {
  RERANK_INLINE void Add() {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
};

struct Bf16Tiles : Bf16Sums {
  RERANK_INLINE void Add() {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
};

// Asks for some more of the next panel at each step, so that all of it is near when its turn comes.
struct Ahead {
  const uint8_t* next;
  const uint8_t* end;
  int64_t lines_a_step;

  explicit Ahead(const Product& product) : next(product.next_panel), end(nullptr), lines_a_step(0) {
    if (next == nullptr) return;
    end = next + product.pieces * kPanelPieceBytes;
    const int64_t steps = (product.count + kBlockRows - 1) / kBlockRows * product.pieces;
    lines_a_step = ((end - next) / 64 + steps - 1) / steps;
  }
  void Step() {
    for (int64_t line = 0; line < lines_a_step && next < end; ++line, next += 64) _mm_prefetch(next, _MM_HINT_T1);
  }
};

// A core turns its vector units off when they have had nothing to add for some 2,500 cycles, and takes some 1,000 to turn
// them on again, which is when tiles are stored. One addition now and then keeps them on: a third more products a second,
// measured on Emerald Rapids (ADR 27).
class VectorsAwake {
 public:
  RERANK_INLINE_MEMBER void Step(int64_t piece) {
    if (piece % 8 != 7) return;
    number_ += number_;
    __asm__ volatile("" : "+v"(number_));
  }

 private:
  Lanes number_{};
};

// Takes the sums out of the tiles.
template <typename Sums>
RERANK_INLINE void StoreTiles(Sums (&sums)[kBlockRows][2]) {
  constexpr int kHalf = kBlockRows / 2;
  _tile_stored(0, &sums[0][0], sizeof sums[0]);
  _tile_stored(1, &sums[0][1], sizeof sums[0]);
  _tile_stored(2, &sums[kHalf][0], sizeof sums[0]);
  _tile_stored(3, &sums[kHalf][1], sizeof sums[0]);
  __asm__ volatile("" ::: "memory");  // GCC does not know that these instructions write memory
}

template <typename Kind>
void MultiplyByTiles(const Product& product) {
  Ahead ahead(product);
  LeavingSums<Kind, kBlockRows, 2> leaving(product);
  VectorsAwake awake;
  _tile_loadconfig(&kTileConfiguration);
  for (int64_t row = 0; row < product.count; row += kBlockRows) {
    const uint8_t* rows = product.rows + row * product.row_stride;
    const uint8_t* panel = product.panel;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int64_t piece = 0; piece < product.pieces; ++piece, panel += kPanelPieceBytes) {
      _tile_loadd(4, rows + piece * kPieceBytes, product.row_stride);
      _tile_loadd(6, panel, 64);
      _tile_loadd(7, panel + kTileBytes, 64);
      _tile_loadd(5, rows + 16 * product.row_stride + piece * kPieceBytes, product.row_stride);
      Kind::Add();
      leaving.Step();
      ahead.Step();
      awake.Step(piece);
    }
    leaving.Rest();
    StoreTiles(leaving.Take(row, 0));
  }
  leaving.Rest();
  _tile_release();
}

}  // namespace
}  // namespace RERANK_ISA
}  // namespace rerank

#endif
