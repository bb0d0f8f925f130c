// What products sum up, and how sums become numbers of the result. Included by product_loops.cc, which is compiled once for each
// instruction set.
#pragma once

#include "product_rows.h"

namespace rerank {
namespace RERANK_ISA {
namespace {

// Sums of a row, a register of them, to where they belong.
RERANK_INLINE void Store(const Product& product, int64_t row, int64_t column, Lanes sums) {
  const int64_t width = AtMost(kLanes, product.columns - column);
  if (width <= 0) return;
  const int64_t at = row * product.out_stride + column;
  if (product.out_bf16) {
    uint16_t* out = static_cast<uint16_t*>(product.out) + at;
    if (width == kLanes) return StoreBf16(sums, out);
    const Words rounded = RoundToBf16(sums);
    for (int64_t j = 0; j < width; ++j) out[j] = static_cast<uint16_t>(rounded[j]);
  } else {
    float* out = static_cast<float*>(product.out) + at;
    if (width == kLanes) LanesAt(out) = sums;
    else for (int64_t j = 0; j < width; ++j) out[j] = sums[j];
  }
}

RERANK_INLINE Lanes Scaled(const Product& product, int64_t row, int64_t column, Integers sums) {
  const Integers offsets = *reinterpret_cast<const Integers*>(product.zero_point_sums + column);
  return __builtin_convertvector(sums - offsets, Lanes) * LanesAt(product.column_scales + column) * product.row_scales[row];
}

// What sums up a group of 4 bytes of a row (the same for all lanes) with one of each column.
struct Int8Sums {
  typedef Integers Sums;
  RERANK_INLINE Sums Add(Sums sums, const uint8_t* row, const uint8_t* weights) {
#if defined(__AVX512VNNI__)
    const __m512i four = _mm512_set1_epi32(*reinterpret_cast<const int32_t __attribute__((may_alias))*>(row));
    return reinterpret_cast<Sums>(_mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sums), four, _mm512_loadu_si512(weights)));
#elif defined(__AVX512BW__)
    const __m512i four = _mm512_set1_epi32(*reinterpret_cast<const int32_t __attribute__((may_alias))*>(row));
    const __m512i pairs = _mm512_maddubs_epi16(four, _mm512_loadu_si512(weights));
    return sums + reinterpret_cast<Sums>(_mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
#elif defined(__AVX2__)
    const __m256i four = _mm256_set1_epi32(*reinterpret_cast<const int32_t __attribute__((may_alias))*>(row));
    const __m256i pairs = _mm256_maddubs_epi16(four, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights)));
    return sums + reinterpret_cast<Sums>(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
#else
    const int8_t* columns = reinterpret_cast<const int8_t*>(weights);
    for (int j = 0; j < kLanes; ++j)
      for (int i = 0; i < 4; ++i) sums[j] += static_cast<int32_t>(row[i]) * columns[4 * j + i];
    return sums;
#endif
  }
  RERANK_INLINE Lanes Result(const Product& product, int64_t row, int64_t column, Sums sums) {
    return Scaled(product, row, column, sums);
  }
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

// A block's sums on their way out: some rows at each piece of the next block. Written all at once, they would hold up the loads
// behind them: the memory that they go to is far, and addresses that differ by a multiple of 4 KiB look the same meanwhile.
template <typename Kind, int Rows, int Registers>
class LeavingSums {
 public:
  explicit LeavingSums(const Product& product) : product_(product), rows_a_step_((Rows + product.pieces - 1) / product.pieces) {}

  /// Where the sums of the block that begins at this row and column are to be put. What was put here before must have left.
  RERANK_INLINE_MEMBER typename Kind::Sums (&Take(int64_t row, int64_t column))[Rows][Registers] {
    first_row_ = row;
    first_column_ = column;
    left_ = 0;
    count_ = AtMost(Rows, product_.count - row);
    return sums_;
  }
  RERANK_INLINE_MEMBER void Step() { LeaveTo(AtMost(left_ + rows_a_step_, count_)); }
  RERANK_INLINE_MEMBER void Rest() { LeaveTo(count_); }

 private:
  RERANK_INLINE_MEMBER void LeaveTo(int64_t end) {
    for (; left_ < end; ++left_) {
      const int64_t row = first_row_ + left_;
      for (int64_t c = 0; c < Registers; ++c) {
        const int64_t column = first_column_ + c * kLanes;
        if (column < product_.columns) Store(product_, row, column, Kind::Result(product_, row, column, sums_[left_][c]));
      }
    }
  }

  alignas(64) typename Kind::Sums sums_[Rows][Registers];
  const Product product_;
  const int64_t rows_a_step_;
  int64_t first_row_ = 0, first_column_ = 0, left_ = 0, count_ = 0;
};

}  // namespace
}  // namespace RERANK_ISA
}  // namespace rerank
