// Compiled once for each instruction set, with RERANK_ISA naming it (CMakeLists.txt). Plain numbers, as in vector_loops.cc:
// nothing of the standard library.
#include "product_loops.h"

#include "product_sums.h"

namespace rerank {
namespace RERANK_ISA {
namespace {

constexpr int64_t kGroups = kPieceBytes / 4;  // a group is what one lane of a vector sums at a time
constexpr int64_t kTileBytes = 1024;
constexpr int64_t kPanelPieceBytes = 2 * kTileBytes;

// Rows, and registers of columns, whose sums stay in registers: more of each, and fewer numbers are loaded for a sum.
#if defined(__AVX512F__)
constexpr int kRowsAtOnce = 8;
constexpr int kTilesAtOnce = 2;
#elif defined(__AVX2__)
constexpr int kRowsAtOnce = 4;
constexpr int kTilesAtOnce = 1;
#else
constexpr int kRowsAtOnce = 2;
constexpr int kTilesAtOnce = 1;
#endif
constexpr int kRegistersAtOnce = kTilesAtOnce * kParts;

// Without it GCC copies each sum to another register, and some to memory, at each step.
template <typename Sums>
RERANK_INLINE void Stay(Sums& sums) {
#if defined(__AVX512F__)
  __asm__("" : "+v"(sums));
#elif defined(__AVX2__)
  __asm__("" : "+x"(sums));
#endif
}

template <typename Kind>
using LeavingBlock = LeavingSums<Kind, kRowsAtOnce, kRegistersAtOnce>;

template <typename Kind>
RERANK_INLINE void RowsWithTiles(const Product& product, int64_t row, int64_t column, LeavingBlock<Kind>& leaving) {
  typename Kind::Sums sums[kRowsAtOnce][kRegistersAtOnce] = {};
  const uint8_t* rows = product.rows + row * product.row_stride;
  const uint8_t* tiles = product.panel + column / kPanel * kTileBytes;
  for (int64_t piece = 0; piece < product.pieces; ++piece, rows += kPieceBytes, tiles += kPanelPieceBytes) {
    leaving.Step();
    for (int64_t group = 0; group < kGroups; ++group) {
#pragma GCC unroll 8
      for (int r = 0; r < kRowsAtOnce; ++r) {
#pragma GCC unroll 4
        for (int c = 0; c < kRegistersAtOnce; ++c) {
          const uint8_t* weights = tiles + c / kParts * kTileBytes + group * kPieceBytes + c % kParts * kLanes * 4;
          sums[r][c] = Kind::Add(sums[r][c], rows + r * product.row_stride + group * 4, weights);
          Stay(sums[r][c]);
        }
      }
    }
  }
  leaving.Rest();
  auto& taken = leaving.Take(row, column);
#pragma GCC unroll 8
  for (int r = 0; r < kRowsAtOnce; ++r) {
#pragma GCC unroll 4
    for (int c = 0; c < kRegistersAtOnce; ++c) taken[r][c] = sums[r][c];
  }
}

template <typename Kind>
void MultiplyByVectors(const Product& product) {
  LeavingBlock<Kind> leaving(product);
  for (int64_t column = 0; column < AtMost(kPanelColumns, product.columns); column += kTilesAtOnce * kPanel) {
    for (int64_t row = 0; row < product.count; row += kRowsAtOnce) RowsWithTiles<Kind>(product, row, column, leaving);
  }
  leaving.Rest();
}

}  // namespace
}  // namespace RERANK_ISA
}  // namespace rerank

#include "product_tiles.h"

namespace rerank {
namespace RERANK_ISA {

extern const ProductLoops kProducts;
#if defined(__AMX_TILE__)
const ProductLoops kProducts{MultiplyByTiles<Bf16Tiles>, MultiplyByTiles<Int8Tiles>, WriteBf16, WriteInt8, SwigluBf16};
#else
const ProductLoops kProducts{MultiplyByVectors<Bf16Sums>, MultiplyByVectors<Int8Sums>, WriteBf16, WriteInt8, SwigluBf16};
#endif

}  // namespace RERANK_ISA
}  // namespace rerank
