// The instructions on numbers that the kernels write in PTX, by the names that emulate-kernels.mjs makes of them: what they make, then
// what they read.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>

using std::min;

struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

struct alignas(8) uint2 {
  unsigned x, y;
};

inline float __uint_as_float(unsigned bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

inline unsigned __float_as_uint(float value) {
  unsigned bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

inline float FromHalf(unsigned short bits) {
  _Float16 half;
  std::memcpy(&half, &bits, sizeof(half));
  return static_cast<float>(half);
}

inline unsigned ToHalf(float value) {
  const _Float16 half = static_cast<_Float16>(value);
  unsigned short bits;
  std::memcpy(&bits, &half, sizeof(bits));
  return bits;
}

inline float FromBfloat(unsigned short bits) { return __uint_as_float(static_cast<unsigned>(bits) << 16); }

inline unsigned ToBfloat(float value) {
  const unsigned bits = __float_as_uint(value);
  return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}

inline void cvt_f32_f16(float& value, unsigned short bits) { value = FromHalf(bits); }
inline void cvt_rn_f16x2_f32(unsigned& pair, float high, float low) { pair = ToHalf(high) << 16 | ToHalf(low); }
inline void cvt_rn_bf16x2_f32(unsigned& pair, float high, float low) { pair = ToBfloat(high) << 16 | ToBfloat(low); }

inline void rsqrt_approx_ftz_f32(float& root, float value) { root = 1.0f / std::sqrt(value); }
inline void rcp_approx_ftz_f32(float& inverse, float value) { inverse = 1.0f / value; }
inline void ex2_approx_ftz_f32(float& power, float value) { power = std::exp2(value); }

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

inline void cvt_rn_satfinite_e4m3x2_f32(unsigned short& pair, float high, float low) {
  pair = static_cast<unsigned short>((e4m3_code(high) << 8) | e4m3_code(low));
}
