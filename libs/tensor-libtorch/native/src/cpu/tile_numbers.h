// Part of tile_loops.cc, for processors with AMX only.
#pragma once

#include <immintrin.h>

#include "tile_loops.h"

#define RERANK_INLINE static inline __attribute__((always_inline))

namespace rerank {
namespace amx {
namespace {

constexpr int64_t kTileBytes = 1024;

RERANK_INLINE int64_t AtMost(int64_t value, int64_t most) { return value < most ? value : most; }
RERANK_INLINE int64_t AtLeast(int64_t value, int64_t least) { return value > least ? value : least; }
RERANK_INLINE __mmask16 First(int64_t count) {
  return static_cast<__mmask16>((1u << AtMost(AtLeast(count, 0), 16)) - 1);
}

RERANK_INLINE __m512i Pack32(__m512 first, __m512 second) {
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first));
}

// 32 numbers of a row as bf16, those from `width` on as zeros.
RERANK_INLINE __m512i Load32(const HeadRows& rows, int64_t row, int64_t column, int64_t width) {
  const int64_t at = row * rows.stride + column;
  if (rows.bf16) {
    const __mmask32 mask = width >= 32 ? ~0u : (1u << width) - 1;
    return _mm512_maskz_loadu_epi16(mask, static_cast<const uint16_t*>(rows.data) + at);
  }
  const float* data = static_cast<const float*>(rows.data) + at;
  return Pack32(_mm512_maskz_loadu_ps(First(width), data), _mm512_maskz_loadu_ps(First(width - 16), data + 16));
}

// 16 numbers of a row as bf16.
RERANK_INLINE __m256i Load16(const HeadRows& rows, int64_t row, int64_t column) {
  const int64_t at = row * rows.stride + column;
  if (rows.bf16) return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(static_cast<const uint16_t*>(rows.data) + at));
  return reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_loadu_ps(static_cast<const float*>(rows.data) + at)));
}

// 2^x for x <= 0: a polynomial for the fraction, to 2e-7 relative, and the exponent put in.
RERANK_INLINE __m512 PowerOfTwo(__m512 x) {
  const __m512 whole = _mm512_roundscale_ps(x, 0x08);
  const __m512 f = _mm512_sub_ps(x, whole);
  __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(1.3333558e-3f), f, _mm512_set1_ps(9.6181291e-3f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(5.5504109e-2f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.4022651e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(6.9314718e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0f));
  return _mm512_scalef_ps(p, whole);
}

}  // namespace
}  // namespace amx
}  // namespace rerank
