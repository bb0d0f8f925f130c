// Rows on their way to a product, and from it: float32 to bf16 or 8 bits and back. Included by product_loops.cc, which is
// compiled once for each instruction set.
#pragma once

#include "product_loops.h"
#include "vector_math.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace rerank {
namespace RERANK_ISA {
namespace {

typedef uint32_t Words __attribute__((vector_size(kPanel * sizeof(uint32_t)), aligned(4), may_alias));

RERANK_INLINE Words WordsOf(Lanes x) { return reinterpret_cast<Words>(x); }

// To the nearest, ties to even; not for NaN, which no row has.
RERANK_INLINE Words RoundToBf16(Lanes x) {
  const Words bits = WordsOf(x);
  return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}

RERANK_INLINE void StoreBf16(Lanes x, uint16_t* out) {
#if defined(__AVX512BF16__)
  const __m256bh rounded = _mm512_cvtneps_pbh(reinterpret_cast<__m512>(x));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), reinterpret_cast<__m256i>(rounded));
#else
  const Words rounded = RoundToBf16(x);
  for (int j = 0; j < kPanel; ++j) out[j] = static_cast<uint16_t>(rounded[j]);
#endif
}

void WriteBf16(const float* row, int64_t columns, void* out) {
  uint16_t* numbers = static_cast<uint16_t*>(out);
  int64_t c = 0;
  for (; c + kPanel <= columns; c += kPanel) StoreBf16(LanesAt(row + c), numbers + c);
  for (; c < columns; ++c) {
    Lanes one{};
    one[0] = row[c];
    numbers[c] = static_cast<uint16_t>(RoundToBf16(one)[0]);
  }
  for (; c % (kPieceBytes / 2) != 0; ++c) numbers[c] = 0;
}

RERANK_INLINE Lanes Magnitude(Lanes x) { return reinterpret_cast<Lanes>(WordsOf(x) & 0x7fffffffu); }

float WriteInt8(const float* row, int64_t columns, int32_t levels, int32_t zero_point, void* out) {
  uint8_t* numbers = static_cast<uint8_t*>(out);
  Lanes largest{};
  int64_t c = 0;
  for (; c + kPanel <= columns; c += kPanel) {
    const Lanes magnitude = Magnitude(LanesAt(row + c));
    largest = magnitude > largest ? magnitude : largest;
  }
  for (; c < columns; ++c) {
    const float magnitude = row[c] < 0 ? -row[c] : row[c];
    largest[0] = magnitude > largest[0] ? magnitude : largest[0];
  }
  const float peak = Largest(largest) > 1e-30f ? Largest(largest) : 1e-30f;
  const float factor = static_cast<float>(levels) / peak;
  // Adding a large number rounds to the nearest whole one, ties to even, and leaves it in the lowest bits.
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23
  const Words shift = Words{} + static_cast<uint32_t>(zero_point) - 0x4b400000u;
  c = 0;
  for (; c + kPanel <= columns; c += kPanel) {
    const Words rounded = WordsOf(LanesAt(row + c) * factor + kRound) + shift;
#if defined(__AVX512F__)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(numbers + c), _mm512_cvtepi32_epi8(reinterpret_cast<__m512i>(rounded)));
#else
    for (int j = 0; j < kPanel; ++j) numbers[c + j] = static_cast<uint8_t>(rounded[j]);
#endif
  }
  for (; c < columns; ++c) {
    Lanes one{};
    one[0] = row[c];
    numbers[c] = static_cast<uint8_t>((WordsOf(one * factor + kRound) + shift)[0]);
  }
  for (; c % kPieceBytes != 0; ++c) numbers[c] = 0;
  return peak / static_cast<float>(levels);
}

RERANK_INLINE Lanes FromBf16(const uint16_t* numbers) {
#if defined(__AVX512F__)
  const __m256i half = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(numbers));
  return reinterpret_cast<Lanes>(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
#else
  Words bits{};
  for (int j = 0; j < kPanel; ++j) bits[j] = static_cast<uint32_t>(numbers[j]) << 16;
  return reinterpret_cast<Lanes>(bits);
#endif
}

void SwigluBf16(const uint16_t* gate, const uint16_t* up, int64_t count, float* out) {
  int64_t i = 0;
  for (; i + kPanel <= count; i += kPanel) LanesAt(out + i) = Silu(FromBf16(gate + i)) * FromBf16(up + i);
  for (; i < count; ++i) {
    uint16_t one_gate[kPanel] = {gate[i]}, one_up[kPanel] = {up[i]};
    out[i] = (Silu(FromBf16(one_gate)) * FromBf16(one_up))[0];
  }
}

}  // namespace
}  // namespace RERANK_ISA
}  // namespace rerank
