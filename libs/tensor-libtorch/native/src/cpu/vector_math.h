// Vectors as long as a register, and what the loops compute with them: GCC keeps longer ones in memory and compares them number
// by number. Included by sources that are compiled once for each instruction set: everything is inlined, so that the linker
// cannot take code from the build for another processor.
#pragma once

#include "vector_loops.h"

#define RERANK_INLINE static inline __attribute__((always_inline))
#define RERANK_INLINE_MEMBER inline __attribute__((always_inline))

namespace rerank {
namespace RERANK_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif
constexpr int kParts = kPanel / kLanes;  // of a panel

typedef float Lanes __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t Integers __attribute__((vector_size(kLanes * sizeof(int32_t)), aligned(sizeof(int32_t)), may_alias));

RERANK_INLINE Lanes& LanesAt(float* data) { return *reinterpret_cast<Lanes*>(data); }
RERANK_INLINE const Lanes& LanesAt(const float* data) { return *reinterpret_cast<const Lanes*>(data); }
RERANK_INLINE int64_t AtMost(int64_t value, int64_t most) { return value < most ? value : most; }

// e^x for x <= 0 to 2e-7 relative (Cephes expf: range reduction by ln 2 in two parts, then a polynomial of degree 5).
RERANK_INLINE Lanes Exp(Lanes x) {
  x = x < -87.0f ? Lanes{} - 87.0f : x;  // float32 ends there
  const Integers n = __builtin_convertvector(x * 1.44269504088896341f - 0.5f, Integers);
  const Lanes whole = __builtin_convertvector(n, Lanes);
  x -= whole * 0.693359375f;
  x -= whole * -2.12194440e-4f;
  Lanes p = x * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * x + 8.3334519073e-3f;
  p = p * x + 4.1665795894e-2f;
  p = p * x + 1.6666665459e-1f;
  p = p * x + 5.0000001201e-1f;
  p = p * x * x + x + 1.0f;
  return p * reinterpret_cast<Lanes>((n + 127) << 23);
}

// By halves: number by number, each step would wait for the one before.
RERANK_INLINE float Largest(Lanes x) {
#pragma GCC unroll 4
  for (int half = kLanes / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (int j = 0; j < half; ++j) x[j] = x[j + half] > x[j] ? x[j + half] : x[j];
  }
  return x[0];
}

RERANK_INLINE float Sum(Lanes x) {
#pragma GCC unroll 4
  for (int half = kLanes / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (int j = 0; j < half; ++j) x[j] += x[j + half];
  }
  return x[0];
}

// silu(x) = x * sigmoid(x); the exponential of a positive number would overflow, that of -|x| cannot.
RERANK_INLINE Lanes Silu(Lanes x) {
  const Lanes e = Exp(x < 0.0f ? x : -x);
  return x * (x < 0.0f ? e : Lanes{} + 1.0f) / (1.0f + e);
}

}  // namespace
}  // namespace RERANK_ISA
}  // namespace rerank
