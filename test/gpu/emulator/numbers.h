// The conversions that fused.cu writes in PTX, by the names that emulate-kernels.mjs makes of the instructions.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>

inline float __uint_as_float(unsigned bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

inline float rsqrtf(float value) { return 1.0f / std::sqrt(value); }

inline float cvt_f32_f16(unsigned short bits) {
  _Float16 half;
  std::memcpy(&half, &bits, sizeof(half));
  return static_cast<float>(half);
}

inline unsigned short cvt_rn_f16_f32(float value) {
  const _Float16 half = static_cast<_Float16>(value);
  unsigned short bits;
  std::memcpy(&bits, &half, sizeof(bits));
  return bits;
}

inline unsigned short cvt_rn_bf16_f32(float value) {
  unsigned bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return static_cast<unsigned short>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/// The code of the e4m3 number nearest to a value, by comparing with all of them; of two as near, the even one.
inline unsigned short e4m3_code(float value) {
  const float magnitude = std::fabs(value);
  unsigned short best = 0;
  double least = INFINITY;
  for (unsigned short code = 0; code < 127; ++code) {
    const int exponent = code >> 3, fraction = code & 7;
    const double number = exponent == 0 ? std::ldexp(fraction, -9) : std::ldexp(8 + fraction, exponent - 10);
    const double apart = std::fabs(number - magnitude);
    if (apart < least || (apart == least && code % 2 == 0)) best = code;
    least = std::min(least, apart);
  }
  return static_cast<unsigned short>(best | (std::signbit(value) ? 0x80 : 0));
}

inline unsigned short cvt_rn_satfinite_e4m3x2_f32(float high, float low) {
  return static_cast<unsigned short>((e4m3_code(high) << 8) | e4m3_code(low));
}
