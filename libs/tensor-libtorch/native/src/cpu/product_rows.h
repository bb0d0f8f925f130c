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

typedef uint32_t Words __attribute__((vector_size(kLanes * sizeof(uint32_t)), aligned(4), may_alias));
typedef uint16_t HalfWords __attribute__((vector_size(kLanes * sizeof(uint16_t)), aligned(2), may_alias));
typedef uint8_t Bytes __attribute__((vector_size(kLanes), aligned(1), may_alias));

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
  *reinterpret_cast<HalfWords*>(out) = __builtin_convertvector(RoundToBf16(x), HalfWords);
#endif
}

void WriteBf16(const float* row, int64_t columns, void* out) {
  uint16_t* numbers = static_cast<uint16_t*>(out);
  int64_t c = 0;
  for (; c + kLanes <= columns; c += kLanes) StoreBf16(LanesAt(row + c), numbers + c);
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
  for (; c + kLanes <= columns; c += kLanes) {
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
  for (; c + kLanes <= columns; c += kLanes) {
    const Words rounded = WordsOf(LanesAt(row + c) * factor + kRound) + shift;
    *reinterpret_cast<Bytes*>(numbers + c) = __builtin_convertvector(rounded, Bytes);
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
  return reinterpret_cast<Lanes>(__builtin_convertvector(*reinterpret_cast<const HalfWords*>(numbers), Words) << 16);
}

void SwigluBf16(const uint16_t* gate, const uint16_t* up, int64_t count, float* out) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) LanesAt(out + i) = Silu(FromBf16(gate + i)) * FromBf16(up + i);
  for (; i < count; ++i) {
    uint16_t one_gate[kLanes] = {gate[i]}, one_up[kLanes] = {up[i]};
    out[i] = (Silu(FromBf16(one_gate)) * FromBf16(one_up))[0];
  }
}

}  // namespace
}  // namespace RERANK_ISA
}  // namespace rerank
