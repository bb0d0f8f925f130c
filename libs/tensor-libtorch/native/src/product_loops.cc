// Compiled once for each instruction set, with RERANK_ISA naming it (CMakeLists.txt). Plain numbers, as in vector_loops.cc:
// nothing of the standard library.
#include "product_loops.h"

#include "product_rows.h"

namespace rerank {
namespace RERANK_ISA {
namespace {

constexpr int64_t kGroups = kPieceBytes / 4;  // a group is what one lane of a vector sums at a time
constexpr int64_t kTileBytes = 1024;
constexpr int64_t kPanelPieceBytes = 2 * kTileBytes;

// One row of a tile's sums to where it belongs.
RERANK_INLINE void Store(const Product& product, int64_t row, int64_t column, Lanes sums) {
  const int64_t width = AtMost(kPanel, product.columns - column);
  if (width <= 0) return;
  const int64_t at = row * product.out_stride + column;
  if (product.out_bf16) {
    uint16_t* out = static_cast<uint16_t*>(product.out) + at;
    if (width == kPanel) return StoreBf16(sums, out);
    const Words rounded = RoundToBf16(sums);
    for (int64_t j = 0; j < width; ++j) out[j] = static_cast<uint16_t>(rounded[j]);
  } else {
    float* out = static_cast<float*>(product.out) + at;
    if (width == kPanel) LanesAt(out) = sums;
    else for (int64_t j = 0; j < width; ++j) out[j] = sums[j];
  }
}

RERANK_INLINE Lanes Scaled(const Product& product, int64_t row, int64_t column, Integers sums) {
  const Integers offsets = *reinterpret_cast<const Integers*>(product.zero_point_sums + column);
  return __builtin_convertvector(sums - offsets, Lanes) * LanesAt(product.column_scales + column) * product.row_scales[row];
}

// What sums up a group of 4 bytes of a row (the same for all lanes) with one of each column.
struct Int8Sums {
#if defined(__AVX2__) && !defined(__AVX512BW__)
  // Two registers by name: GCC keeps a vector that is longer than a register in memory.
  struct Sums {
    __m256i low, high;
  };
  RERANK_INLINE __m256i AddHalf(__m256i sums, __m256i four, const uint8_t* weights) {
    const __m256i pairs = _mm256_maddubs_epi16(four, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights)));
    return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  RERANK_INLINE Sums Add(Sums sums, const uint8_t* row, const uint8_t* weights) {
    const __m256i four = _mm256_set1_epi32(*reinterpret_cast<const int32_t __attribute__((may_alias))*>(row));
    return {AddHalf(sums.low, four, weights), AddHalf(sums.high, four, weights + 32)};
  }
  RERANK_INLINE Lanes Result(const Product& product, int64_t row, int64_t column, Sums sums) {
    union { Sums halves; Integers all; } both{sums};
    return Scaled(product, row, column, both.all);
  }
#else
  typedef Integers Sums;
  RERANK_INLINE Sums Add(Sums sums, const uint8_t* row, const uint8_t* weights) {
#if defined(__AVX512VNNI__)
    const __m512i four = _mm512_set1_epi32(*reinterpret_cast<const int32_t __attribute__((may_alias))*>(row));
    return reinterpret_cast<Sums>(_mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sums), four, _mm512_loadu_si512(weights)));
#elif defined(__AVX512BW__)
    const __m512i four = _mm512_set1_epi32(*reinterpret_cast<const int32_t __attribute__((may_alias))*>(row));
    const __m512i pairs = _mm512_maddubs_epi16(four, _mm512_loadu_si512(weights));
    return sums + reinterpret_cast<Sums>(_mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
#else
    const int8_t* columns = reinterpret_cast<const int8_t*>(weights);
    for (int j = 0; j < kPanel; ++j)
      for (int i = 0; i < 4; ++i) sums[j] += static_cast<int32_t>(row[i]) * columns[4 * j + i];
    return sums;
#endif
  }
  RERANK_INLINE Lanes Result(const Product& product, int64_t row, int64_t column, Sums sums) {
    return Scaled(product, row, column, sums);
  }
#endif
};

struct Bf16Sums {
  typedef Lanes Sums;
  RERANK_INLINE Sums Add(Sums sums, const uint8_t* row, const uint8_t* weights) {
    const uint32_t two = *reinterpret_cast<const uint32_t __attribute__((may_alias))*>(row);
#if defined(__AVX512BF16__)
    return reinterpret_cast<Sums>(_mm512_dpbf16_ps(reinterpret_cast<__m512>(sums), reinterpret_cast<__m512bh>(_mm512_set1_epi32(two)),
                                                   reinterpret_cast<__m512bh>(_mm512_loadu_si512(weights))));
#else
    const Words pairs = *reinterpret_cast<const Words*>(weights);
    sums += reinterpret_cast<Lanes>(pairs << 16) * reinterpret_cast<const float&>(static_cast<const uint32_t&>(two << 16));
    return sums + reinterpret_cast<Lanes>(pairs & 0xffff0000u) * reinterpret_cast<const float&>(static_cast<const uint32_t&>(two & 0xffff0000u));
#endif
  }
  RERANK_INLINE Lanes Result(const Product&, int64_t, int64_t, Sums sums) { return sums; }
};

// Rows, and tiles of 16 columns, whose sums stay in registers: more of each, and fewer numbers are loaded for a sum.
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

template <typename Kind>
RERANK_INLINE void RowsWithTiles(const Product& product, int64_t row, int64_t column) {
  typename Kind::Sums sums[kRowsAtOnce][kTilesAtOnce] = {};
  const uint8_t* rows = product.rows + row * product.row_stride;
  const uint8_t* tiles = product.panel + column / kPanel * kTileBytes;
  for (int64_t piece = 0; piece < product.pieces; ++piece, rows += kPieceBytes, tiles += kPanelPieceBytes) {
    for (int64_t group = 0; group < kGroups; ++group) {
#pragma GCC unroll 8
      for (int r = 0; r < kRowsAtOnce; ++r) {
#pragma GCC unroll 2
        for (int t = 0; t < kTilesAtOnce; ++t) {
          sums[r][t] = Kind::Add(sums[r][t], rows + r * product.row_stride + group * 4, tiles + t * kTileBytes + group * kPieceBytes);
        }
      }
    }
  }
  for (int r = 0; r < kRowsAtOnce && row + r < product.count; ++r) {
    for (int t = 0; t < kTilesAtOnce; ++t) {
      const int64_t at = column + t * kPanel;
      if (at < product.columns) Store(product, row + r, at, Kind::Result(product, row + r, at, sums[r][t]));
    }
  }
}

template <typename Kind>
void MultiplyByVectors(const Product& product) {
  for (int64_t column = 0; column < AtMost(kPanelColumns, product.columns); column += kTilesAtOnce * kPanel) {
    for (int64_t row = 0; row < product.count; row += kRowsAtOnce) RowsWithTiles<Kind>(product, row, column);
  }
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
