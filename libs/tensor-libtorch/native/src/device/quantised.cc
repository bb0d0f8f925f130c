#include "quantised.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "../errors.h"

namespace rerank {
namespace {

constexpr double kLargest = 448;           // of e4m3
constexpr double kLeastMagnitude = 1e-12;  // a row of zeros has a scale too

int64_t WholeSteps(int64_t rows) { return (rows + kQuantisedStep - 1) / kQuantisedStep * kQuantisedStep; }

}  // namespace

DeviceRows EmptyQuantised(int64_t rows, int64_t columns, const at::Device& device) {
  const auto make = [&](int64_t width, at::ScalarType type) {
    return at::empty({WholeSteps(rows), width}, at::TensorOptions().device(device).dtype(type)).narrow(0, 0, rows);
  };
  return {make(columns, kE4m3), make(1, at::kFloat)};
}

bool Quantisable(int64_t rows, int64_t columns) { return rows % 16 == 0 && columns % 16 == 0; }

DeviceRows QuantiseRows(const at::Tensor& x) {
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor largest = wide.abs().amax({-1}, true).clamp_min_(kLeastMagnitude);
  const DeviceRows rounded = EmptyQuantised(x.size(0), x.size(1), x.device());
  rounded.values.copy_(wide.mul(largest.reciprocal().mul_(kLargest)));
  rounded.scales.copy_(largest.div(kLargest));
  return rounded;
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

at::Tensor MultiplyRows(QuantisedProduct product, const DeviceRows& x, const DeviceRows& weight) {
  const auto whole = [](const at::Tensor& rows) { return rows.as_strided({WholeSteps(rows.size(0)), rows.size(1)}, rows.strides()); };
  return product({whole(x.values), whole(x.scales)}, weight).narrow(0, 0, x.values.size(0));
}

}  // namespace rerank
