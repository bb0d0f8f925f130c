#include "quantised.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "../errors.h"

namespace rerank {
namespace {

constexpr double kLargest = 448;           // of e4m3
constexpr double kLeastMagnitude = 1e-12;  // a row of zeros has a scale too

}  // namespace

bool Quantisable(int64_t rows, int64_t columns) { return rows % 16 == 0 && columns % 16 == 0; }

DeviceRows QuantiseRows(const at::Tensor& x) {
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor largest = wide.abs().amax({-1}, true).clamp_min_(kLeastMagnitude);
  return {wide.mul(largest.reciprocal().mul_(kLargest)).contiguous().to(kE4m3), largest.div(kLargest)};
}

at::Tensor MultiplyQuantised(const DeviceRows& x, const DeviceRows& weight) {
  if (x.values.size(0) == 0) return at::empty({0, weight.values.size(0)}, x.scales.options().dtype(at::kBFloat16));
#if LIBTORCH_SERVES_GPU
  // Scales [R, 1] and [1, N], the weight by columns: what multiplication by row is chosen by. Fast accumulation rounds its
  // sums to fewer bits than float32, which is little beside the rounding of what is summed.
  return at::_scaled_mm(x.values, weight.values.t(), x.scales, weight.scales.t(), {}, {}, at::kBFloat16,
                        /*use_fast_accum=*/true);
#else
  throw InvalidArgument("this libtorch is too old for products in 8 bits");
#endif
}

}  // namespace rerank
