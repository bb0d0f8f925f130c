#include "quantised.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>

namespace rerank {
namespace {

constexpr double kLargest = 448;         // of e4m3
constexpr int kSmallestExponent = -6;    // of its normal numbers; below, steps stay as they are there
constexpr int kFractionBits = 3;
constexpr double kLeastMagnitude = 1e-12;  // a row of zeros has a scale too

// To nearest, ties to even, as a GPU converts.
float RoundToE4m3(float value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const float step = std::ldexp(1.0f, std::max(std::ilogb(value), kSmallestExponent) - kFractionBits);
  return std::nearbyint(value / step) * step;
}

at::Tensor ToE4m3(at::Tensor scaled) {
  if (!scaled.is_cpu()) return scaled.to(kE4m3);
  float* values = scaled.data_ptr<float>();
  at::parallel_for(0, scaled.numel(), 4096, [&](int64_t begin, int64_t end) {
    for (int64_t index = begin; index < end; ++index) values[index] = RoundToE4m3(values[index]);
  });
  return scaled;
}

// Of codes, which only a kernel that a test runs on the CPU leaves there: 4 bits of exponent, 3 of fraction below the sign.
at::Tensor AsFloats(const at::Tensor& values) {
  if (values.scalar_type() == at::kFloat) return values;
  at::Tensor floats = at::empty(values.sizes(), values.options().dtype(at::kFloat));
  const auto* codes = static_cast<const uint8_t*>(values.data_ptr());
  for (int64_t index = 0; index < floats.numel(); ++index) {
    const int exponent = (codes[index] >> kFractionBits) & 15, fraction = codes[index] & 7;
    const float magnitude = exponent == 0 ? std::ldexp(fraction, -9) : std::ldexp(8 + fraction, exponent - 10);
    floats.data_ptr<float>()[index] = (codes[index] & 0x80) != 0 ? -magnitude : magnitude;
  }
  return floats;
}

}  // namespace

bool Quantisable(int64_t rows, int64_t columns) { return rows % 16 == 0 && columns % 16 == 0; }

QuantisedRows QuantiseRows(const at::Tensor& x) {
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor largest = wide.abs().amax({-1}, true).clamp_min_(kLeastMagnitude);
  return {ToE4m3(wide.mul(largest.reciprocal().mul_(kLargest)).contiguous()), largest.div(kLargest)};
}

at::Tensor MultiplyQuantised(const QuantisedRows& x, const QuantisedRows& weight) {
  if (x.values.size(0) == 0) return at::empty({0, weight.values.size(0)}, x.scales.options().dtype(at::kBFloat16));
#if LIBTORCH_SERVES_GPU
  if (x.values.is_cuda()) {
    // Scales [R, 1] and [1, N], the weight by columns: what multiplication by row is chosen by. Fast accumulation rounds its
    // sums to fewer bits than float32, which is little beside the rounding of what is summed.
    return at::_scaled_mm(x.values, weight.values.t(), x.scales, weight.scales.t(), {}, {}, at::kBFloat16,
                          /*use_fast_accum=*/true);
  }
#endif
  return at::mm(AsFloats(x.values), weight.values.t()).mul_(x.scales).mul_(weight.scales.t()).to(at::kBFloat16);
}

}  // namespace rerank
