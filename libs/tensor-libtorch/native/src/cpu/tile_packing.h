// Part of tile_loops.cc, for processors with AMX only.
#pragma once

#include "tile_numbers.h"

namespace rerank {
namespace amx {
namespace {

// A matrix of 16 x 16 words, transposed.
RERANK_INLINE void Transpose(__m512i (&x)[16], uint8_t* out) {
  __m512i y[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    y[i] = _mm512_unpacklo_epi32(x[i], x[i + 1]);
    y[i + 1] = _mm512_unpackhi_epi32(x[i], x[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    x[i] = _mm512_unpacklo_epi64(y[i], y[i + 2]);
    x[i + 1] = _mm512_unpackhi_epi64(y[i], y[i + 2]);
    x[i + 2] = _mm512_unpacklo_epi64(y[i + 1], y[i + 3]);
    x[i + 3] = _mm512_unpackhi_epi64(y[i + 1], y[i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    y[i] = _mm512_shuffle_i32x4(x[i], x[i + 4], 0x88);
    y[i + 4] = _mm512_shuffle_i32x4(x[i], x[i + 4], 0xdd);
    y[i + 8] = _mm512_shuffle_i32x4(x[i + 8], x[i + 12], 0x88);
    y[i + 12] = _mm512_shuffle_i32x4(x[i + 8], x[i + 12], 0xdd);
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    _mm512_storeu_si512(out + i * 64, _mm512_shuffle_i32x4(y[i], y[i + 8], 0x88));
    _mm512_storeu_si512(out + (i + 8) * 64, _mm512_shuffle_i32x4(y[i], y[i + 8], 0xdd));
  }
}

// The keys [k, k + 16) of a head.
RERANK_INLINE void PackPanel(const HeadRows& keys, int64_t column, int64_t head_dim, int64_t k, int64_t count, uint8_t* out) {
  for (int64_t d = 0; d < head_dim; d += 32, out += kTileBytes) {
    __m512i words[16];
#pragma GCC unroll 16
    for (int64_t j = 0; j < 16; ++j) {
      words[j] = k + j < count ? Load32(keys, k + j, column + d, head_dim - d) : _mm512_setzero_si512();
    }
    Transpose(words, out);
  }
}

// The values [k, k + 2) of a head, beside each other: a row of each tile.
RERANK_INLINE void PackPair(const HeadRows& values, int64_t column, int64_t head_dim, int64_t k, int64_t count, uint8_t* out) {
  const __m256i none = _mm256_setzero_si256();
  for (int64_t c = 0; c < head_dim; c += 16, out += kTileBytes) {
    const __m512i even = _mm512_cvtepu16_epi32(k < count ? Load16(values, k, column + c) : none);
    const __m512i odd = _mm512_cvtepu16_epi32(k + 1 < count ? Load16(values, k + 1, column + c) : none);
    _mm512_storeu_si512(out, _mm512_or_si512(even, _mm512_slli_epi32(odd, 16)));
  }
}

// All heads of a few rows before the next rows, for they lie side by side.
void Pack(const HeadRows& keys, const HeadRows& values, int64_t count, int64_t key_heads, int64_t head_dim, int64_t first,
          int64_t rows, void* packed) {
  const int64_t end = RoundUp(first + rows, kTileKeys), head_bytes = PackedHeadBytes(count, head_dim);
  for (int64_t k = first; k < end; k += 16) {
    for (int64_t head = 0; head < key_heads; ++head) {
      uint8_t* out = static_cast<uint8_t*>(packed) + head * head_bytes + k * RoundUp(head_dim, 32) * 2;
      PackPanel(keys, head * head_dim, head_dim, k, count, out);
    }
  }
  for (int64_t k = first; k < end; k += 2) {
    for (int64_t head = 0; head < key_heads; ++head) {
      uint8_t* out = static_cast<uint8_t*>(packed) + head * head_bytes + PackedKeyBytes(count, head_dim);
      PackPair(values, head * head_dim, head_dim, k, count, out + k / kTileKeys * kTileKeys * head_dim * 2 + k % kTileKeys * 32);
    }
  }
}

}  // namespace
}  // namespace amx
}  // namespace rerank
